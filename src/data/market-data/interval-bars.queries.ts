import { Injectable } from '@nestjs/common';
import { EVER, parseInstant, startOfDay, type TimeWindow } from '../../base/time.js';
import type { OwnerRows } from '../../lists/batches.js';
import type { List } from '../../lists/list.js';
import { type OwnerPosition, ownerPages, type Page } from '../../lists/page.js';
import type { Binding, Key } from '../../lists/page-token.js';
import type { Selection } from '../../lists/selection.js';
import { Database } from '../../postgres/database.js';
import { placeholder } from '../../sql/template.js';
import { DailyAggregate } from './aggregate.js';
import { shapeOf } from './aggregate-sources.js';
import { BarArchive } from './archive.js';
import type { Bar, BarsArgs } from './bars.model.js';
import { Chunks } from './chunks.js';
import type { Freshness } from './daily.model.js';
import { DAILY, type Derivation } from './derivations.js';
import { type Cut, intervalBars, intervalDays } from './interval-bars.sql.js';
import { endIn, type Interval, lengthsOf, startIn } from './intervals.js';
import type { Edges } from './window-parts.js';

/** What tells a bar of an interval from the next, and which interval it is of. */
export const INTERVAL_KEY = ['symbol', 'timestamp', 'timeframe'];

/** How the bars of a list are made. */
export interface MadeOf {
  readonly timeframe: string | null;
  readonly derivedFrom: string | null;
  readonly tz: string;
  readonly freshness: Freshness | null;
  readonly note: string | null;
}

/** The symbols whose bars are made of the same. */
export interface DerivedPage {
  readonly derivation: Derivation;
  readonly position: OwnerPosition;
}

/** Days by which a bar may reach beyond its length where clocks change. */
const CLOCK_CHANGE = startOfDay(1);

/** Bars of an interval, made of stored bars or of daily ones. */
@Injectable()
export class IntervalBars {
  constructor(
    private readonly db: Database,
    private readonly aggregate: DailyAggregate,
    private readonly archive: BarArchive,
    private readonly chunks: Chunks,
  ) {}

  /** The bars of some symbols, one symbol after the other. */
  async list(
    names: readonly string[],
    args: BarsArgs,
    derivation: Derivation,
    binding: Binding,
    key: Key | null,
  ): Promise<List & MadeOf & { window: TimeWindow }> {
    const { cut, window, bases } = derivation;
    const left = (key ? names.slice(names.indexOf(key[0]!)) : names).filter((name) => bases.has(name));
    const parts = new Map<string, OwnerRows[]>();
    for (const base of new Set(bases.values())) parts.set(base, await this.#parts(cut, base, window, args));
    const goesOn = key !== null && left[0] === key[0];
    const rest = goesOn ? await this.#parts(cut, bases.get(left[0]!)!, narrow(window, key, cut, args), args) : null;
    const statements = left.flatMap((owner, i) =>
      (i === 0 && rest ? rest : parts.get(bases.get(owner)!)!).map((part) => ({ ...part, owner })),
    );
    const missing = names.filter((name) => !bases.has(name));
    const made = await this.#madeOf(derivation, [...bases.values()], missing);
    return { statements, key: INTERVAL_KEY, binding, window, ...made };
  }

  /** For each of several symbols, in their order, one page; those that are made of the same share statements. */
  async pages(
    pages: readonly DerivedPage[],
    args: BarsArgs,
    selection: Selection,
  ): Promise<(Page<Bar> & MadeOf & { owner: string })[]> {
    const found: (Page<Bar> & MadeOf & { owner: string })[] = [];
    const baseOf = ({ derivation, position }: DerivedPage): string => derivation.bases.get(position.owner)!;
    const alike = Map.groupBy(pages, (page) => `${page.derivation.cut.interval.name} ${baseOf(page)}`);
    for (const group of alike.values()) {
      const [first] = group;
      const { cut } = first!.derivation;
      const base = baseOf(first!);
      const read = await ownerPages<Bar, MadeOf>(
        this.db,
        group.map(({ position }) => position),
        {
          limit: args.first as number,
          key: INTERVAL_KEY,
          selection,
          plan: async ({ window, key }) => ({
            statements: await this.#parts(cut, base, key ? narrow(window, key, cut, args) : window, args),
            more: await this.#madeOf({ ...first!.derivation, window }, [base], []),
          }),
        },
      );
      found.push(...read.map((page, i) => Object.assign(page, { owner: group[i]!.position.owner })));
    }
    return found;
  }

  async #madeOf({ cut, window }: Derivation, bases: readonly string[], missing: readonly string[]): Promise<MadeOf> {
    const different = [...new Set(bases)].sort();
    const daily = different.includes(DAILY);
    const freshness = daily ? await this.aggregate.freshness(window) : null;
    const archived = daily ? null : await this.archive.noteOn(window);
    const lacking =
      missing.length > 0 ? `No bars of ${cut.interval.name} can be made of those of ${missing.join(', ')}.` : null;
    return {
      timeframe: cut.interval.name,
      derivedFrom: different.join(', ') || null,
      tz: cut.tz,
      freshness,
      note: [archived, lacking].filter((note) => note !== null).join(' ') || null,
    };
  }

  /** The statements that read a window, in the order of its rows. */
  async #parts(cut: Cut, base: string, window: TimeWindow, args: BarsArgs): Promise<OwnerRows[]> {
    const { sort, source } = args;
    const edges = edgesOf(cut);
    const pieces = piecesOf(window, cut.interval, args, edges);
    const asked = ['intervalBars', cut.interval.name, cut.tz, sort];
    if (base === DAILY) {
      const { sources } = await this.aggregate.plan(window, sort, pieces, edges);
      return sources.map((daily) => ({
        shape: [...asked, window.from, window.to, ...shapeOf(daily)],
        rows: (symbol, limit) => intervalDays(symbol, cut, window, daily, sort, limit),
        values: {},
      }));
    }
    const rangeOf = await this.archive.rangeOf();
    const parts: TimeWindow[] = [];
    for (const piece of pieces) parts.push(...(await this.chunks.parts(piece, sort, { edges })));
    return parts.map((part) => {
      const range = rangeOf(edges ? part : { from: part.from, to: reach(part.to, cut.interval) });
      return {
        shape: [...asked, part.from, part.to, range.archive, source !== undefined],
        rows: (symbol, limit) => {
          const stored = {
            timeframe: placeholder<string>('base'),
            ...(source === undefined ? {} : { source: placeholder<string>('source') }),
          };
          return intervalBars(symbol, cut, part, range, stored, sort, limit);
        },
        values: { base, source },
      };
    });
  }
}

/** Where bars of an interval begin and end, as far as it can be told without the clocks of a zone. */
function edgesOf({ interval, tz }: Cut): Edges | undefined {
  if (tz !== 'UTC') return undefined;
  return { start: (instant) => startIn(interval, instant), end: (instant) => endIn(interval, instant) };
}

/** Up to where the bars are that a bar is made of which begins before an instant. */
function reach(to: bigint, interval: Interval): bigint {
  const end = to + lengthsOf(interval)[1] + CLOCK_CHANGE;
  return end < EVER.to ? end : EVER.to;
}

/**
 * Cuts a window, in the order in which its rows are read, so that the first piece has about the rows of one page, and
 * each one after it twice as many: a page is not made by adding up all of the window.
 */
function piecesOf(
  { from, to }: TimeWindow,
  interval: Interval,
  { sort, first }: BarsArgs,
  edges?: Edges,
): TimeWindow[] {
  if (first === 'all') return [{ from, to }];
  const pieces: TimeWindow[] = [];
  let size = lengthsOf(interval)[1] * BigInt(first + 1);
  if (size < startOfDay(1)) size = startOfDay(1);
  for (; to - from > size; size *= 2n) {
    const at = sort === 'asc' ? from + size : to - size;
    const edge = edges ? edges.start(at) : at;
    if (edge <= from || edge >= to) break;
    pieces.push(sort === 'asc' ? { from, to: edge } : { from: edge, to });
    if (sort === 'asc') from = edge;
    else to = edge;
  }
  return [...pieces, { from, to }];
}

/** The rest of a window after the bar where the page before ended. */
function narrow({ from, to }: TimeWindow, key: Key, { interval, tz }: Cut, { sort }: BarsArgs): TimeWindow {
  const at = parseInstant(key[1]!)!;
  if (sort === 'desc') return { from, to: at };
  const next = tz === 'UTC' ? endIn(interval, at) : at + 1n;
  return { from: next < to ? next : to, to };
}
