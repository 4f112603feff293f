import { moved } from '../../api/moved';
import type { BoardQuery } from '../../api/operations';
import { heard, type LiveBar } from '../../api/stream';
import { numberOf } from '../../format/numbers';
import { addDays } from '../../format/time';
import { linesOf } from './lines';

type BoardRow = NonNullable<BoardQuery['board']>['nodes'][number];

/** A row of the board, with what is sorted by as numbers. */
export interface Item {
  readonly row: BoardRow;
  readonly symbol: string;
  readonly close: number | null;
  readonly change: number | null;
  readonly volume: number;
  /** Where the close stands between the low, 0, and the high, 1, of 52 weeks. */
  readonly range: number | null;
  /** Days that its coverage says are missing; null where it begins or ends inside the window. */
  readonly missing: number | null;
  /** When a bar moved it, in milliseconds; 0 where it is as it was read. */
  readonly movedAt: number;
}

/** The rows of an answer. */
export function itemsOf(data: BoardQuery): Item[] {
  const whole = new Map<string, number>();
  const window = data.coverage?.window;
  for (const one of data.coverage?.nodes ?? []) {
    const started = one.firstDay !== null && window !== undefined && one.firstDay <= window.start.slice(0, 10);
    const lasts = one.lastDay !== null && one.lastDay >= addDays(window?.end ?? '9999-01-01', -1);
    if (started && lasts) whole.set(one.symbol, one.expectedDays - one.presentDays);
  }
  return (data.board?.nodes ?? []).map((row) => itemOf(row, whole.get(row.symbol) ?? null, 0));
}

function itemOf(row: BoardRow, missing: number | null, movedAt: number): Item {
  const [close, low, high] = [numberOf(row.close), numberOf(row.low52Week), numberOf(row.high52Week)];
  return {
    row,
    symbol: row.symbol,
    close,
    change: numberOf(row.change),
    volume: Number(row.volume),
    range: close === null || low === null || high === null || high <= low ? null : (close - low) / (high - low),
    missing,
    movedAt,
  };
}

/** The same rows after the bars that were heard of since; a row that none moved is the same object. */
export function movedItems(items: readonly Item[], readAt: number): readonly Item[] {
  return items.map((item) => {
    const one = heard(item.symbol, readAt);
    if (!one) return item;
    const known = KNOWN.get(item);
    if (known?.bar === one.bar) return known.moved;
    const row = moved(item.row, one.bar);
    const next = row === item.row ? item : itemOf(row, item.missing, one.at);
    KNOWN.set(item, { bar: one.bar, moved: next });
    return next;
  });
}

const KNOWN = new WeakMap<Item, { readonly bar: LiveBar; readonly moved: Item }>();

/** Days that are missing, as far as is known. */
export const missingOf = (item: Item): number | null => linesOf(item.symbol)?.missing ?? item.missing;

/** What the board can be sorted by. */
export const SORTS: Readonly<Record<string, (item: Item) => number | string | null>> = {
  symbol: (item) => item.symbol,
  last: (item) => item.close,
  change: (item) => item.change,
  change_percent: (item) => item.row.changePercent,
  range: (item) => item.range,
  relative_volume: (item) => item.row.relativeVolume,
  volume: (item) => item.volume,
  missing: missingOf,
  day: (item) => item.row.day,
};

/** The rows that contain a text, in an order such as -change_percent; what has no value comes last whichever way. */
export function arranged(items: readonly Item[], filter: string, order: string): Item[] {
  const wanted = filter.trim().toLowerCase();
  const some = wanted === '' ? [...items] : items.filter(({ symbol }) => symbol.toLowerCase().includes(wanted));
  const down = order.startsWith('-');
  const by = SORTS[order.replace(/^-/, '')];
  if (!by) return some;
  const keyed = some.map((item) => ({ item, key: by(item) }));
  keyed.sort((a, b) => {
    if (a.key === b.key) return 0;
    if (a.key === null) return 1;
    if (b.key === null) return -1;
    return (a.key < b.key ? -1 : 1) * (down ? -1 : 1);
  });
  return keyed.map(({ item }) => item);
}
