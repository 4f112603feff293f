import { type Expression, type RawBuilder, sql } from 'kysely';
import { type BarRange, barsIn, barsInOrder, type BarsQuery } from '../../sql/bars.js';
import { undeclared } from '../../sql/columns.js';

/** What the bars at the end of a stretch are; null where there is none. */
export interface KindsRow {
  timeframes: string[] | null;
  sources: string[] | null;
  /** Digits after the decimal point that their prices need. */
  decimals: number | null;
}

const MARKET_KINDS = [undeclared('timeframes', 'texts'), undeclared('sources', 'texts')];
const KINDS = [...MARKET_KINDS, undeclared('decimals', 'integer')];
/** The columns of {@link KindsRow}, and those of them that {@link marketKinds} has. */
export const COLUMNS = { kinds: KINDS, marketKinds: MARKET_KINDS };

/** Bars that are looked at: the last ones, and the first ones of the last day. */
const SAMPLE_BARS = 100;

const list = (column: string): RawBuilder<string[]> => sql`array_agg(distinct ${sql.ref(`bar.${column}`)})`;

/**
 * The timeframes and sources of a symbol's last bars inside a range, and of the first ones of the day on which the
 * last one is: a daily bar at midnight stands before the minutes of its day. A bounded number of steps in the index of
 * the symbol, as there is none of timeframes.
 */
export function kinds(symbol: Expression<string>, range: BarRange): Expression<KindsRow> {
  const read = (from: BarsQuery) =>
    from.select(['bar.timestamp', 'bar.timeframe', 'bar.source', 'bar.open', 'bar.high', 'bar.low', 'bar.close']);
  const start = sql<string>`(select date_trunc('day', max(newest.timestamp), 'UTC') from newest)`;
  const newest = barsInOrder(range, symbol, read, 'desc', SAMPLE_BARS);
  const day = barsInOrder(range, symbol, (from) => read(from).where('bar.timestamp', '>=', start), 'asc', SAMPLE_BARS);
  const scale = (column: string): RawBuilder<number> =>
    sql<number>`scale(trim_scale(nullif(${sql.ref(`bar.${column}`)}, 'NaN')))`;
  return sql<KindsRow>`(
    with newest as materialized (${newest})
    select ${list('timeframe')} as timeframes, ${list('source')} as sources,
      max(greatest(${scale('open')}, ${scale('high')}, ${scale('low')}, ${scale('close')})) as decimals
    from (select * from newest union all select * from (${day}) as day) as bar)`;
}

/** The timeframes and sources of the last bars of the market inside a range, at most so many. */
export function marketKinds(range: BarRange, limit: number): Expression<Omit<KindsRow, 'decimals'>> {
  const read = (from: BarsQuery) => from.select(['bar.timestamp', 'bar.timeframe', 'bar.source']);
  const newest = barsInOrder(range, null, read, 'desc', limit);
  return sql<Omit<KindsRow, 'decimals'>>`(
    select ${list('timeframe')} as timeframes, ${list('source')} as sources from (${newest}) as bar)`;
}

/** Whether one of some symbols has a bar of a timeframe or of a source inside a range. */
export function hasKind(
  symbols: RawBuilder<string[]>,
  range: BarRange,
  column: 'timeframe' | 'source',
  value: RawBuilder<string>,
): RawBuilder<{ found: boolean }> {
  const bar = barsIn(range, sql.ref('s.symbol'), ['symbol', column])
    .where(`bar.${column}`, '=', value)
    .select('bar.symbol')
    .limit(1);
  return sql<{ found: boolean }>`
    select exists (select from unnest(${symbols}) as s (symbol) cross join lateral (${bar}) as bar) as found`;
}
