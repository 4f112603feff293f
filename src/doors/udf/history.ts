import { invalid } from '../../base/errors.js';
import { LIMITS } from '../../base/limits.js';
import {
  clip,
  dayOf,
  daysWindow,
  EVER,
  formatInstant,
  now,
  parseDay,
  parseInstant,
  type TimeWindow,
} from '../../base/time.js';
import { columnsOf } from '../../contract/wire.js';
import { Bar, BarsArgs } from '../../data/market-data/bars.model.js';
import type { BarsQueries } from '../../data/market-data/bars.queries.js';
import type { KindsOfBars } from '../../data/market-data/bar-kinds.js';
import type { DirectoryRow } from '../../data/market-data/directory.js';
import { readList } from '../../lists/list.js';
import type { PageRows } from '../../lists/page-rows.js';
import type { Database } from '../../postgres/database.js';
import { columnsRead } from '../../sql/page.js';
import { intervalOf, isOffered, resolutionsOf } from './resolutions.js';
import type { UdfHistoryArgs } from './udf.model.js';

const SECOND = 1_000_000n;
/** Days of the longest bar. */
const LONGEST_DAYS = 366;
const PRICES = ['open', 'high', 'low', 'close'] as const;
const SHOWN = columnsOf(Bar).filter(({ name }) => ['timestamp', ...PRICES, 'volume'].includes(name));

/** Where bars of a symbol may begin: within a year before its first day, and up to the end of today. */
function historyOf({ firstDay, lastDay }: DirectoryRow): TimeWindow {
  return daysWindow(parseDay(firstDay)! - LONGEST_DAYS, Math.max(parseDay(lastDay)!, dayOf(now())));
}

/** A second of a chart as an instant, no further than a year can be named. */
export function instantOf(seconds: number): bigint {
  const micros = BigInt(seconds) * SECOND;
  return micros < EVER.from ? EVER.from : micros > EVER.to ? EVER.to : micros;
}

/** The whole second of an instant on the wire. */
export function secondsOf(instant: string): number {
  return Number(parseInstant(instant)! / SECOND);
}

/** Bars as charts want them. */
export class ChartHistory {
  constructor(
    private readonly db: Database,
    private readonly bars: BarsQueries,
    private readonly kinds: KindsOfBars,
  ) {}

  /**
   * The bars of a stretch as JSON, oldest first: all of it, or the last so many before its end, wherever it begins. No
   * more than fit a page; numbers have the digits that are stored.
   * @throws ApiError invalid_parameter for a resolution that the symbol has not; for a stretch of more bars
   */
  async of(row: DirectoryRow, { resolution = '1D', from, to, countback }: UdfHistoryArgs): Promise<string> {
    const timeframe = await this.#timeframe(row, resolution);
    const end = instantOf(to);
    if (countback === undefined && from === undefined) throw invalid('from', 'from or countback is required.');
    const start = countback === undefined ? instantOf(from!) : EVER.from;
    const limit = Math.min(countback ?? LIMITS.page.max, LIMITS.page.max);
    const window = start < end ? clip({ from: start, to: end }, historyOf(row)) : null;
    if (window) {
      const { from: first, to: last } = window;
      const { rows, more } = await this.#last(row, timeframe, countback === undefined ? first : null, last, limit);
      if (more && countback === undefined) {
        throw invalid('from', `There are more than ${limit} bars from ${from!} to ${to}.`, {
          hint: 'Ask for a longer resolution or a shorter stretch, or name countback.',
        });
      }
      const text = written(rows, start);
      if (text !== null) return text;
    }
    const before = countback === undefined && start > EVER.from ? await this.#lastBefore(row, timeframe, start) : null;
    return JSON.stringify(before === null ? { s: 'no_data' } : { s: 'no_data', nextTime: before });
  }

  async #timeframe(row: DirectoryRow, resolution: string): Promise<string> {
    const interval = intervalOf(resolution);
    const { timeframes } = (await this.kinds.of([row])).get(row.symbol)!;
    if (interval && isOffered(interval, timeframes)) return interval.name;
    const allowed = resolutionsOf(timeframes);
    throw invalid('resolution', `${row.symbol} has no bars of resolution ${resolution}: ${allowed.join(', ')}.`, {
      allowed,
    });
  }

  /** The last bars before an instant, the newest first. */
  async #last(
    row: DirectoryRow,
    timeframe: string,
    from: bigint | null,
    to: bigint,
    limit: number,
  ): Promise<{ rows: PageRows; more: boolean }> {
    const start = from === null ? undefined : formatInstant(from);
    const asked = { timeframe, start, end: formatInstant(to), sort: 'desc', first: limit } as const;
    const list = await this.bars.list([row], Object.assign(new BarsArgs(), asked));
    const columns = columnsRead(SHOWN, list.key, columnsOf(Bar));
    const { rows, nextPageToken } = await readList(this.db, list, limit, columns);
    return { rows, more: nextPageToken !== null };
  }

  /** When the last bar before an instant begins, in seconds; null where there is none. */
  async #lastBefore(row: DirectoryRow, timeframe: string, to: bigint): Promise<number | null> {
    const { rows } = await this.#last(row, timeframe, null, to, 1);
    if (rows.count === 0) return null;
    const [timestamp] = rows.textsAt(0, ['timestamp']);
    return timestamp === null ? null : secondsOf(timestamp!);
  }
}

/**
 * Bars, the newest first, as the arrays of a chart, the oldest first; null where there are none. Those that begin
 * before the stretch, and those without a price, which no chart can draw, are left out.
 */
function written(rows: PageRows, start: bigint): string | null {
  const columns: string[][] = [[], [], [], [], [], []];
  const names = ['timestamp', ...PRICES, 'volume'];
  for (let i = rows.count - 1; i >= 0; i--) {
    const texts = rows.textsAt(i, names);
    const [timestamp, ...values] = texts;
    if (!timestamp || values.slice(0, PRICES.length).includes(null)) continue;
    const at = parseInstant(timestamp)!;
    if (at < start) continue;
    [String(at / SECOND), ...values].forEach((text, column) => columns[column]!.push(text ?? 'null'));
  }
  if (columns[0]!.length === 0) return null;
  const arrays = [...'tohlcv'].map((name, column) => `"${name}":[${columns[column]!.join(',')}]`);
  return `{"s":"ok",${arrays.join(',')}}`;
}
