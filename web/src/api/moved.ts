import { numberOf } from '../format/numbers';
import { today } from '../format/time';
import type { LiveBar } from './stream';

/** What a new bar changes of where a symbol stands. */
interface Stand {
  readonly day: string;
  readonly close: string | null;
  readonly change: string | null;
  readonly changePercent: number | null;
  readonly low52Week: string | null;
  readonly high52Week: string | null;
  readonly missedSessions: number;
  readonly isStale?: boolean;
  readonly isPartial?: boolean;
  readonly previousDay?: string | null;
}

/**
 * Where a symbol stands after a new bar, until it is read: its close, what it changed by since the session before, and
 * its range. The close of a day is that of its last bar. The same object where the bar changes nothing.
 */
export function moved<Row extends Stand>(row: Row, { timestamp, close, low, high }: LiveBar): Row {
  const day = timestamp.slice(0, 10);
  if (close === null || day < row.day || (day === row.day && close === row.close)) return row;
  const another = day > row.day;
  const before = another ? numberOf(row.close) : row.change === null ? null : Number(row.close) - Number(row.change);
  const change = before === null ? null : Number((Number(close) - before).toPrecision(12));
  return {
    ...row,
    day,
    close,
    change: change === null ? null : String(change),
    changePercent: change === null || !before ? null : (100 * change) / before,
    low52Week: edge(row.low52Week, low, Math.min),
    high52Week: edge(row.high52Week, high, Math.max),
    ...(another ? { missedSessions: 0, isStale: false, isPartial: day === today(), previousDay: row.day } : {}),
  };
}

/** The one of two that counts, in the digits that it came with. */
export function edge(one: string | null, other: string | null, pick: (...numbers: number[]) => number): string | null {
  if (one === null || other === null) return one;
  return pick(Number(one), Number(other)) === Number(one) ? one : other;
}
