import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import { nameOf } from '../../contract/args.js';
import { ApiError } from '../../base/errors.js';
import { KNOWN_MAX, KnownSet } from '../../lists/known-values.js';
import { LIMITS } from '../../base/limits.js';
import { positionOf, resolveWindow } from '../../lists/window.js';
import { columnsOf } from '../../contract/wire.js';
import { build } from '../../sql/build.js';
import { Database } from '../../postgres/database.js';
import { type Binding, type CursorShape, KEY } from '../../lists/page-token.js';
import { type List, oneOff } from '../../lists/list.js';
import { listPage, type Page, pageOf } from '../../lists/page.js';
import type { Selection } from '../../lists/selection.js';
import { Refreshing } from '../../base/refreshing.js';
import { renderRows } from '../../sql/render.js';
import { type Span, spanOf } from '../../sql/span.js';
import { dayOf, now, parseInstant, startOfDay, type TimeWindow } from '../../base/time.js';
import { indexedValues, scannedValues } from '../../sql/values.js';
import { SymbolDirectory } from '../market-data/symbol-directory.js';
import {
  type EventsArgs,
  EventValue,
  type EventValuesArgs,
  FinancialEvent,
  type SymbolEventsArgs,
} from './events.model.js';
import { type EventColumn, events, eventsById, eventsOf, eventValues } from './events.sql.js';

const COLUMNS = columnsOf(FinancialEvent);
/** Names of the columns that order events. */
export const EVENT_KEY = ['event_datetime', 'id'];

const TOKENS: CursorShape = { key: [KEY.instant, KEY.uuid], maxDays: LIMITS.eventsDays };
const VALUE_TOKENS: CursorShape = { key: [KEY.text(51)], maxDays: LIMITS.eventsDays };

/** Financial events: lists of them, of several symbols at once, and single ones. */
@Injectable()
export class EventsQueries {
  readonly #span: Refreshing<Span>;

  readonly #sets: Record<'types' | 'countries' | 'currencies' | 'symbols', KnownSet>;

  constructor(
    private readonly db: Database,
    private readonly directory: SymbolDirectory,
  ) {
    const set = (statement: RawBuilder<{ value: string }>): KnownSet =>
      new KnownSet(async () => (await db.rows(statement.compile(build))).map(({ value }) => value));
    this.#sets = {
      types: set(indexedValues('events.event_data', 'event_type', KNOWN_MAX + 1)),
      symbols: set(indexedValues('events.event_data', 'symbol', KNOWN_MAX + 1)),
      countries: set(scannedValues('events.event_data', 'country', KNOWN_MAX + 1)),
      currencies: set(scannedValues('events.event_data', 'currency', KNOWN_MAX + 1)),
    };
    this.#span = new Refreshing(() => db.row(spanOf('events.event_data').compile(build)), 500, 1000);
  }

  /** When the first and the last event are; at most a second old. */
  span(): Promise<Span> {
    return this.#span.get();
  }

  /**
   * Events inside a window in the order of time, and the arguments as the data have them.
   * @throws ApiError invalid_parameter for an event type, a country, a currency or a symbol that is not in the data
   */
  async list(asked: EventsArgs, param: string): Promise<List & { window: TimeWindow; args: EventsArgs }> {
    const args = await this.#known(asked);
    const binding = bindingOf(args);
    const { last } = await this.span();
    const { window, key } = positionOf(binding, TOKENS, args.after, () => windowOf(args, last), param);
    const symbol = args.symbol === undefined ? null : sql.val(args.symbol);
    const statement = oneOff((limit) => events(window, args, symbol, key, limit));
    return { statements: [statement], key: EVENT_KEY, texts: ['description'], binding, window, args };
  }

  async #known(args: EventsArgs): Promise<EventsArgs> {
    const { types, countries, currencies } = this.#sets;
    return {
      ...args,
      types: await types.match(nameOf(args, 'types'), args.types),
      countries: await countries.match(nameOf(args, 'countries'), args.countries),
      currencies: await currencies.match(nameOf(args, 'currencies'), args.currencies),
      symbol: await this.#symbol(args),
    };
  }

  /** A symbol that has events, or at least bars. */
  async #symbol(args: EventsArgs): Promise<string | undefined> {
    if (args.symbol === undefined) return undefined;
    try {
      return (await this.#sets.symbols.match(nameOf(args, 'symbol'), [args.symbol]))![0];
    } catch (error) {
      if (await this.directory.find(args.symbol)) return args.symbol;
      throw error;
    }
  }

  /** The values of a column with their events inside a window, in alphabetical order. */
  async values(column: EventColumn, args: EventValuesArgs): Promise<List & { window: TimeWindow }> {
    const binding: Binding = ['event_values', column, args.start, args.end];
    const { last } = await this.span();
    const resolve = (): TimeWindow => windowOf(args, last);
    const { window, key } = positionOf(binding, VALUE_TOKENS, args.after, resolve, nameOf(args, 'after'));
    return {
      statements: [oneOff((limit) => eventValues(column, window, key, limit))],
      key: ['place'],
      binding,
      window,
    };
  }

  /** One page of the values of a column. */
  async valuesPage(column: EventColumn, args: EventValuesArgs, selection: Selection): Promise<Page<EventValue>> {
    const list = await this.values(column, args);
    return listPage<EventValue>(this.db, list, args.first as number, selection);
  }

  /** One page of events. */
  async page(args: EventsArgs, selection: Selection): Promise<Page<FinancialEvent>> {
    return listPage<FinancialEvent>(this.db, await this.list(args, 'after'), args.first as number, selection);
  }

  /** For each of several symbols, in their order, one page of its events; one statement for all. */
  async pages(symbols: readonly string[], args: SymbolEventsArgs): Promise<Page<FinancialEvent>[]> {
    const limit = args.first as number;
    const { last } = await this.span();
    const positions = symbols.map((symbol) => {
      const binding = bindingOf({ ...args, symbol });
      return { symbol, binding, ...positionOf(binding, TOKENS, args.after, () => windowOf(args, last), 'after') };
    });
    const { window, key } = positions[0]!;
    const statement = renderRows<FinancialEvent>(eventsOf(symbols, window, args, key, sql.val(limit + 1)), COLUMNS);
    const found = Map.groupBy(await this.db.rows(statement.compile(build)), (event) => event.symbol);
    return positions.map(({ symbol, binding }) =>
      pageOf(found.get(symbol) ?? [], limit, { binding, window }, (event) => [event.eventDatetime, event.id]),
    );
  }

  /** Events by their ids, in the order of the ids; null where there is no such event. */
  async find(ids: readonly string[]): Promise<(FinancialEvent | null)[]> {
    const rows = await this.db.rows(renderRows<FinancialEvent>(eventsById(ids), COLUMNS).compile(build));
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? null);
  }

  /**
   * One event.
   * @throws ApiError event_not_found
   */
  async require(id: string): Promise<FinancialEvent> {
    const [event] = await this.find([id]);
    if (!event) throw new ApiError('event_not_found', `There is no event ${id}.`, { param: 'id' });
    return event;
  }
}

/**
 * The window of a request: by default so many days either side of today, or of the newest event where that is older,
 * since an archive that stopped must still answer.
 *
 * @param newest  when the last event is, if there is one
 */
export function windowOf(args: { start?: string; end?: string }, newest: string | null): TimeWindow {
  const today = dayOf(now());
  const anchor = newest === null ? today : Math.min(today, dayOf(parseInstant(newest)!));
  const side = LIMITS.defaultDays.events;
  return resolveWindow(args, { end: startOfDay(anchor + side + 1), days: 2 * side + 1, maxDays: LIMITS.eventsDays });
}

function bindingOf(args: SymbolEventsArgs & Partial<EventsArgs>): Binding {
  const { start, end, types, countries, currencies, symbol, minImpact, sort } = args;
  return ['events', start, end, types, countries, currencies, symbol, minImpact, sort];
}
