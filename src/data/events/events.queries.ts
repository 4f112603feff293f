import { Injectable } from '@nestjs/common';
import { type Expression, sql } from 'kysely';
import { nameOf } from '../../contract/args.js';
import { ApiError } from '../../base/errors.js';
import { LIMITS } from '../../base/limits.js';
import { positionOf, resolveWindow } from '../../lists/window.js';
import { columnsOf } from '../../contract/wire.js';
import { build } from '../../sql/build.js';
import { Database } from '../../postgres/database.js';
import { type Binding, type CursorShape, KEY } from '../../lists/page-token.js';
import { type List, oneOff } from '../../lists/list.js';
import { listPage, type Page, pageOf } from '../../lists/page.js';
import type { Selection } from '../../lists/selection.js';
import { renderRows } from '../../sql/render.js';
import { orderOf } from '../../sql/table-columns.js';
import { dayOf, now, parseInstant, startOfDay, type TimeWindow } from '../../base/time.js';
import { SymbolDirectory } from '../market-data/symbol-directory.js';
import { TableQueries } from '../tables/table.queries.js';
import type { TablePage } from '../tables/table.sql.js';
import {
  type EventsArgs,
  EventValue,
  type EventValuesArgs,
  FinancialEvent,
  type SymbolEventsArgs,
} from './events.model.js';
import { type EventColumn, type EventRow, events, eventsById, eventsOf, eventValues } from './events.sql.js';

const COLUMNS = columnsOf(FinancialEvent);
/** Names of the columns that order events. */
export const EVENT_KEY = orderOf('events.event_data');

const VALUE_TOKENS: CursorShape = { key: [KEY.text(51)], maxDays: LIMITS.eventsDays };

/** Financial events: lists of them, of several symbols at once, and single ones. */
@Injectable()
export class EventsQueries extends TableQueries<'events.event_data', FinancialEvent, EventsArgs> {
  constructor(db: Database, directory: SymbolDirectory) {
    const options = {
      table: 'events.event_data',
      model: FinancialEvent,
      filters: { types: 'event_type', countries: 'country', currencies: 'currency', symbol: 'symbol' },
      scanned: ['country', 'currency'],
      texts: ['description'],
      days: 2 * LIMITS.defaultDays.events + 1,
      maxDays: LIMITS.eventsDays,
    } as const;
    super(db, options, directory);
  }

  protected override rows(args: EventsArgs, page: TablePage): Expression<EventRow> {
    return events(page, args, args.symbol);
  }

  protected override windowOf(args: EventsArgs, last: string | null): TimeWindow {
    return windowOf(args, last);
  }

  protected override bindingOf(args: EventsArgs): Binding {
    return bindingOf(args);
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

  /** For each of several symbols, in their order, one page of its events; one statement for all. */
  async pages(symbols: readonly string[], args: SymbolEventsArgs): Promise<Page<FinancialEvent>[]> {
    const limit = args.first as number;
    const { last } = await this.span();
    const positions = symbols.map((symbol) => {
      const binding = bindingOf({ ...args, symbol });
      return { symbol, binding, ...positionOf(binding, this.tokens, args.after, () => windowOf(args, last), 'after') };
    });
    const { window, key } = positions[0]!;
    const page = { window, sort: args.sort, after: key, limit: sql.val(limit + 1) };
    const statement = renderRows<FinancialEvent>(eventsOf(symbols, page, args), COLUMNS);
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
