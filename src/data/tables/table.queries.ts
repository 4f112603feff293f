import type { Expression } from 'kysely';
import { Refreshing } from '../../base/refreshing.js';
import { LIMITS } from '../../base/limits.js';
import { dayOf, now, parseInstant, startOfDay, type TimeWindow } from '../../base/time.js';
import { nameOf } from '../../contract/args.js';
import type { SortDirection } from '../../contract/sort.js';
import { heldOf, KNOWN_MAX, KnownSet, matchedBefore } from '../../lists/known-values.js';
import { type List, oneOff } from '../../lists/list.js';
import { listPage, type Page } from '../../lists/page.js';
import { type Binding, type CursorShape, KEY, type KeyColumn, type Matched } from '../../lists/page-token.js';
import type { Selection } from '../../lists/selection.js';
import { countedBack, endAfter, leftOut, positionOf, resolveWindow, tokensCounting } from '../../lists/window.js';
import type { Database } from '../../postgres/database.js';
import { build } from '../../sql/build.js';
import type { RowOf } from '../../sql/columns.js';
import type { PlainTable, Tables } from '../../sql/data-sets.js';
import { type Span, spanQuery } from '../../sql/span.js';
import { orderOf, storedAs } from '../../sql/table-columns.js';
import type { Kind } from '../../sql/tables.js';
import { indexedValues, scannedValues } from '../../sql/values.js';
import { type Equal, type ModelOf, type TablePage, tableRows } from './table.sql.js';

/** The arguments that every list of a table has. */
export interface TableArgs {
  readonly start?: string;
  readonly end?: string;
  readonly sort: SortDirection;
  readonly first: number | 'all';
  readonly after?: string;
  readonly updatedAfter?: string;
}

/** A list of a table's rows, its window, and the arguments as the data have them. */
export type TableList<Args> = List & { readonly window: TimeWindow; readonly args: Args };

/** What one list of a table is. */
export interface TableOptions<Name extends PlainTable, Row extends object, Args> {
  readonly table: Name;
  readonly model: ModelOf<Name, Row>;
  /** The arguments that choose rows by the values of a column of text, and that column. */
  readonly filters?: { readonly [Arg in keyof Args]?: keyof Tables[Name] & string };
  /** The columns of them that no index begins with; their values are read from the whole table. */
  readonly scanned?: readonly (keyof Tables[Name] & string)[];
  /** Columns of long texts. */
  readonly texts?: readonly (keyof Tables[Name] & string)[];
  /** Days of the window when no start is given, back from the newest row. */
  readonly days: number;
  /** Most days that a window may have; a century when absent. */
  readonly maxDays?: number;
  /** Days of the same window that lie ahead of today, where rows do; when absent it ends with the newest row. */
  readonly daysAhead?: number;
}

/** Who knows symbols that the table does not have. */
interface Symbols {
  find(symbol: string): Promise<object | null>;
}

/** Ordering columns by how they are stored; null for what orders no list yet. */
const KEYS: Record<Kind, KeyColumn | null> = {
  ...{ instant: KEY.instant, day: KEY.day, uuid: KEY.uuid, text: KEY.text(LIMITS.textLength) },
  ...{ numeric: null, whole: null, integer: null, boolean: null },
};

/** Arguments that say how rows are sent, or which page of them. */
const UNBOUND = new Set(['fields', 'format', 'numbers', 'first', 'after']);

/**
 * The list of the rows of a table inside a window, in the order of its time, for both edges. The rows of a day count as
 * those of its midnight, UTC.
 */
export abstract class TableQueries<Name extends PlainTable, Row extends object, Args extends TableArgs> {
  protected readonly tokens: CursorShape;
  readonly #span: Refreshing<Span>;
  readonly #filters: readonly { arg: keyof Args & string; column: string; known: KnownSet }[];

  /** @param symbols  where the values of the column `symbol` are looked for that no row has */
  constructor(
    protected readonly db: Database,
    private readonly options: TableOptions<Name, Row, Args>,
    private readonly symbols?: Symbols,
  ) {
    const { table, filters = {}, scanned = [], maxDays = LIMITS.daysDays } = options;
    this.#span = new Refreshing(() => db.row(spanQuery(table)), 500, 1000);
    this.tokens = { key: orderOf(table).map((column) => keyOf(table, column)), maxDays };
    this.#filters = Object.entries(filters as Record<string, keyof Tables[Name] & string>).map(([arg, column]) => {
      const statement = (scanned.includes(column) ? scannedValues : indexedValues)(table, column, KNOWN_MAX + 1);
      const read = async (): Promise<string[]> => (await db.rows(statement.compile(build))).map(({ value }) => value);
      return { arg: arg as keyof Args & string, column, known: new KnownSet(read) };
    });
  }

  /** The first and the last instant of the table; at most a second old. */
  span(): Promise<Span> {
    return this.#span.get();
  }

  /**
   * The rows inside a window in the order of time, and the arguments as the data have them.
   * @throws ApiError invalid_parameter for a value of a filter that is not in the data
   */
  async list(asked: Args): Promise<TableList<Args>> {
    const { table, texts } = this.options;
    const { sort } = asked;
    const found = asked.after === undefined ? await this.known(asked) : null;
    const binding = this.bindingOf(asked);
    const span = await this.span();
    const resolve = (): TimeWindow => windowOf(this.options, asked, span);
    const position = positionOf(
      binding,
      tokensCounting(this.tokens, asked),
      asked.after,
      resolve,
      nameOf(asked, 'after'),
    );
    const { window, key: after } = position;
    const args = found ?? this.#knownBefore(asked, position.matched);
    const statement = oneOff((limit) => this.rows(args, { window, sort, after, limit }));
    const matched = this.#held(asked, args);
    const note = leftOut(asked, window, span);
    return { statements: [statement], key: orderOf(table), texts, binding, window, note, matched, args };
  }

  /**
   * Arguments with the values of filters as the data have them.
   * @throws ApiError invalid_parameter for a value of a filter that is not in the data
   */
  async known<Asked extends object>(asked: Asked): Promise<Asked> {
    const found: [string, unknown][] = [];
    for (const filter of this.#filters) {
      const given = (asked as Partial<Args>)[filter.arg] as string | readonly string[] | undefined;
      if (given !== undefined) found.push([filter.arg, await this.#match(filter, nameOf(asked, filter.arg), given)]);
    }
    return { ...asked, ...Object.fromEntries(found) };
  }

  /** One page of the rows. */
  async page(args: Args, selection: Selection): Promise<Page<Row>> {
    return listPage<Row>(this.db, await this.list(args), args.first as number, selection);
  }

  /** The rows of a page: those with the values of the filters. A list that asks for more overrides it. */
  protected rows(args: Args, page: TablePage): Expression<RowOf<Row>> {
    const equal: Record<string, unknown> = Object.fromEntries(
      this.#filters.map(({ arg, column }) => [column, args[arg]]),
    );
    return tableRows(this.options.table, this.options.model, page, equal as Equal<Name>);
  }

  /** What page tokens are bound to: the table, and all arguments that choose or order rows. */
  protected bindingOf(args: Args): Binding {
    const asked = Object.entries(args).filter(([name]) => !UNBOUND.has(name));
    return [this.options.table, ...asked.map(([, value]) => value as unknown)];
  }

  #knownBefore(asked: Args, held: Matched = {}): Args {
    const found = this.#given(asked).map(({ arg, values }): [string, unknown] => {
      const before = matchedBefore(values, held[arg]);
      return [arg, typeof asked[arg] === 'string' ? before[0] : before];
    });
    return { ...asked, ...Object.fromEntries(found) };
  }

  /** What page tokens hold of the values that were found. */
  #held(asked: Args, args: Args): Matched {
    const found = new Map(this.#given(args).map(({ arg, values }) => [arg, values]));
    return Object.fromEntries(this.#given(asked).map(({ arg, values }) => [arg, heldOf(values, found.get(arg)!)]));
  }

  /** The filters that are given, with their values. */
  #given(args: Args): { arg: keyof Args & string; values: readonly string[] }[] {
    return this.#filters.flatMap(({ arg }) => {
      const given = args[arg] as string | readonly string[] | undefined;
      return given === undefined ? [] : [{ arg, values: [given].flat() }];
    });
  }

  async #match(
    { column, known }: { column: string; known: KnownSet },
    param: string,
    given: string | readonly string[],
  ): Promise<string | readonly string[]> {
    if (typeof given !== 'string') return (await known.match(param, given))!;
    try {
      return (await known.match(param, [given]))![0]!;
    } catch (error) {
      if (column === 'symbol' && (await this.symbols?.find(given))) return given;
      throw error;
    }
  }
}

/**
 * The window of a request. Newest first and without a start it goes back to the first row. One that reaches ahead of
 * today does so from the last row where that is older than today, since an archive that stopped must still answer.
 * @param args  without `sort` they count nothing back
 * @param span  the first and the last instant of the table
 */
export function windowOf(
  {
    days,
    maxDays = LIMITS.daysDays,
    daysAhead,
  }: Pick<TableOptions<PlainTable, object, object>, 'days' | 'maxDays' | 'daysAhead'>,
  args: {
    readonly start?: string;
    readonly end?: string;
    readonly sort?: SortDirection;
    readonly updatedAfter?: string;
  },
  { first, last }: Span,
): TimeWindow {
  const today = dayOf(now());
  const newest = last === null ? today : dayOf(parseInstant(last)!);
  const end = daysAhead === undefined ? endAfter(newest) : startOfDay(Math.min(today, newest) + daysAhead + 1);
  const firstDays = first === null ? [] : [first.slice(0, 10)];
  return resolveWindow(args, { end, days, maxDays, firstDay: countedBack(args, firstDays) });
}

function keyOf(table: PlainTable, column: string): KeyColumn {
  const key = KEYS[storedAs(table, column).kind];
  if (key === null) throw new Error(`${table} cannot be ordered by ${column}: page tokens know no key of its kind`);
  return key;
}
