import { Injectable } from '@nestjs/common';
import { ApiError } from '../../base/errors.js';
import { LIMITS } from '../../base/limits.js';
import { nyseHalfDays } from '../../base/nyse.js';
import { clip, dayOf, daysWindow, EVER, formatDay, parseDay, startOfDay, type TimeWindow } from '../../base/time.js';
import { nameOf } from '../../contract/args.js';
import { ObjectPage, type Page } from '../../lists/page.js';
import { PageRows } from '../../lists/page-rows.js';
import { type Binding, type CursorShape, KEY, type Key, namesAsked } from '../../lists/page-token.js';
import { positionOf } from '../../lists/window.js';
import { Database } from '../../postgres/database.js';
import { rowsStatement } from '../../sql/page.js';
import { fromTemplate, placeholderList } from '../../sql/template.js';
import { DailyAggregate } from './aggregate.js';
import { BarArchive } from './archive.js';
import { KindsOfBars } from './bar-kinds.js';
import { isExpected } from './calendars.js';
import { Chunks } from './chunks.js';
import { conditionsOf } from './condition-days.js';
import type { ConditionArgs, DayCondition } from './condition.model.js';
import { dayFacts, type DayFacts, FACT_COLUMNS, WEEKS_READ } from './condition.sql.js';
import type { Freshness } from './daily.model.js';
import type { DirectoryRow } from './directory.js';
import type { Calendar } from './gaps.model.js';
import type { SymbolGaps } from './gap-runs.js';
import { GapsQueries } from './gaps.queries.js';
import { barsADay, isTooMuch, type Slice, slicesOf } from './condition-slices.js';

/** What tells the condition of a day from the next. */
export const CONDITION_KEY = ['symbol', 'day'];

/** Conditions of days, and how they were judged. */
export type ConditionPage = Page<DayCondition> & {
  readonly freshness: Freshness;
  /** The calendar that was used, by symbol. */
  readonly calendars: ReadonlyMap<string, Calendar>;
  /** What could not be judged as asked; null where nothing. */
  readonly note: string | null;
};

/** In what condition the bars of each day are. */
@Injectable()
export class ConditionQueries {
  constructor(
    private readonly db: Database,
    private readonly aggregate: DailyAggregate,
    private readonly archive: BarArchive,
    private readonly chunks: Chunks,
    private readonly kinds: KindsOfBars,
    private readonly gaps: GapsQueries,
  ) {}

  /**
   * A page of the days of some symbols, one symbol after the other in alphabetical order.
   * @throws ApiError window_too_large for an export of more than {@link LIMITS.condition} allows
   */
  async page(symbols: readonly DirectoryRow[], args: ConditionArgs): Promise<ConditionPage> {
    const names = symbols.map(({ symbol }) => symbol);
    const asked = await this.gaps.windowOf(args);
    const binding: Binding = ['condition', namesAsked(args) ?? names, args.start, args.end, args.calendar];
    const shape: CursorShape = { key: [KEY.oneOf(names), KEY.day], maxDays: LIMITS.daysDays };
    const { window, key } = positionOf(binding, shape, args.after, () => asked, nameOf(args, 'after'));
    return this.#page(symbols, args, { binding, window, key });
  }

  /** For each of several symbols, in their order, one page; first pages share statements. */
  async pages(symbols: readonly DirectoryRow[], args: ConditionArgs): Promise<ConditionPage[]> {
    if (args.after !== undefined || symbols.length === 1) {
      const found: ConditionPage[] = [];
      for (const row of symbols) found.push(await this.page([row], args));
      return found;
    }
    const asked = await this.gaps.windowOf(args);
    const days = Math.min(dayOf(asked.to) - dayOf(asked.from), args.first as number);
    const together = { ...args, first: 'all' as const };
    const end = asked.from + startOfDay(days);
    const distinct = [...new Map(symbols.map((row) => [row.symbol, row])).values()];
    const all = await this.#page(
      distinct,
      together,
      { binding: [], window: { from: asked.from, to: end }, key: null },
      asked,
    );
    const rows = Map.groupBy(all.nodes, ({ symbol }) => symbol);
    return symbols.map(({ symbol }) => {
      const binding: Binding = ['condition', [symbol], args.start, args.end, args.calendar];
      const calendar = all.calendars.get(symbol)!;
      return this.#made(
        rows.get(symbol)!,
        end < asked.to,
        { binding, window: asked },
        {
          freshness: all.freshness,
          calendars: new Map([[symbol, calendar]]),
          note: noteOn(new Map([[symbol, calendar]]), args.calendar),
        },
      );
    });
  }

  /** @param judged  the window by which the calendar of a symbol is chosen */
  async #page(
    symbols: readonly DirectoryRow[],
    args: ConditionArgs,
    { binding, window, key }: { binding: Binding; window: TimeWindow; key: Key | null },
    judged = window,
  ): Promise<ConditionPage> {
    const days = { first: dayOf(window.from), last: dayOf(window.to) - 1 };
    let after = key && { symbol: key[0]!, day: parseDay(key[1]!)! };
    const begin = symbols.findIndex(({ symbol }) => !after || symbol === after.symbol);
    // No more than these can be on the page, and one that tells of a next one.
    const most = args.first === 'all' ? symbols.length : Math.ceil(args.first / (days.last - days.first + 1)) + 2;
    const near = symbols.slice(begin, begin + most);
    const kinds = await this.kinds.of(near);
    const each = near.map((row) => ({ row, bars: barsADay(kinds.get(row.symbol)!.timeframes) }));
    if (args.first === 'all' && isTooMuch(each, days)) {
      throw new ApiError(
        'window_too_large',
        'These days have more rows or bars than one export of conditions looks at.',
        {
          param: nameOf(args, 'start'),
          hint: 'Ask for fewer days or symbols at a time, or for pages with a limit.',
        },
      );
    }
    const rows: DayCondition[] = [];
    const calendars = new Map<string, Calendar>();
    let more = true;
    do {
      const part = slicesOf(each, days, after, args.first === 'all' ? LIMITS.page.max : args.first);
      for (const slice of part.slices) {
        const found = await this.#read(slice, args, judged);
        rows.push(...found.rows);
        for (const { symbol, calendar } of found.calendars) calendars.set(symbol, calendar);
      }
      ({ more } = part);
      const last = part.slices.at(-1);
      if (last) after = { symbol: last.rows.at(-1)!.symbol, day: last.days.last };
      // A whole export: a part after the other.
    } while (more && args.first === 'all');
    return this.#made(
      rows,
      more,
      { binding, window },
      {
        freshness: await this.aggregate.freshness(window),
        calendars,
        note: noteOn(calendars, args.calendar),
      },
    );
  }

  #made(
    rows: DayCondition[],
    more: boolean,
    token: { binding: Binding; window: TimeWindow },
    said: Pick<ConditionPage, 'freshness' | 'calendars' | 'note'>,
  ): ConditionPage {
    return Object.assign(new ObjectPage(rows, more, token, ({ symbol, day }) => [symbol, day]), said);
  }

  async #read(
    { rows: symbols, days }: Slice,
    args: ConditionArgs,
    window: TimeWindow,
  ): Promise<{ rows: DayCondition[]; calendars: readonly SymbolGaps[] }> {
    const part = daysWindow(days.first, days.last);
    const found = await this.gaps.findIn(symbols, args, window, part);
    const facts = await this.#facts(
      symbols.map(({ symbol }) => symbol),
      part,
      args.calendar,
    );
    const exceptions = new Set(found.days.exceptions);
    const rows = found.rows.flatMap((gaps) =>
      conditionsOf(gaps, days, new Set(found.present.get(gaps.symbol)), facts.get(gaps.symbol) ?? new Map(), (day) =>
        isExpected(day, gaps.calendar, exceptions),
      ),
    );
    return { rows, calendars: found.rows };
  }

  /** What the bars of the days of each symbol are; a statement for each part. */
  async #facts(
    symbols: readonly string[],
    window: TimeWindow,
    calendar: Calendar,
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, DayFacts>>> {
    const rangeOf = await this.archive.rangeOf();
    const found = new Map<string, Map<string, DayFacts>>(symbols.map((symbol) => [symbol, new Map()]));
    for (const part of await this.chunks.parts(window, 'asc', { around: DAYS_ON_A_SIDE })) {
      const range = rangeOf(widened(part));
      const query = fromTemplate(
        ['dayFacts', range.from, range.to, range.archive, part.from, part.to],
        () =>
          rowsStatement(dayFacts(placeholderList('symbols'), range, part, placeholderList('halfDays')), FACT_COLUMNS),
        { symbols, halfDays: halfDaysOf(part, calendar) },
      );
      const rows = await this.db.raw(query);
      for (const row of new PageRows(FACT_COLUMNS, [rows], 0).reader<DayFacts>()(rows.count)) {
        found.get(row.symbol)!.set(row.day, row);
      }
    }
    return found;
  }
}

/** Sessions that end early, for the calendars that look at a market. */
function halfDaysOf({ from, to }: TimeWindow, calendar: Calendar): string[] {
  if (calendar !== 'observed' && calendar !== 'xnys') return [];
  return nyseHalfDays(dayOf(from), dayOf(to - 1n)).map(formatDay);
}

/** Most days that {@link widened} adds before some days, and after them. */
const DAYS_ON_A_SIDE = 7 * WEEKS_READ + 6;

/** Some days with the weeks around them that they are compared with. */
function widened({ from, to }: TimeWindow): TimeWindow {
  const monday = (day: number): number => day - ((((day + 3) % 7) + 7) % 7);
  const first = monday(dayOf(from)) - 7 * WEEKS_READ;
  const end = monday(dayOf(to - 1n)) + 7 * (WEEKS_READ + 1);
  return clip({ from: startOfDay(first), to: startOfDay(end) }, EVER)!;
}

/** Says of which symbols the calendar is another than was asked for. */
function noteOn(calendars: ReadonlyMap<string, Calendar>, asked: Calendar): string | null {
  const others = [...calendars].flatMap(([symbol, calendar]) => (calendar === asked ? [] : [symbol]));
  if (others.length === 0) return null;
  return `Fewer than three other symbols are active around ${others.join(', ')}, so weekdays are expected.`;
}
