import { Injectable } from '@nestjs/common';
import { type Expression, sql } from 'kysely';
import { nameOf } from '../../contract/args.js';
import { ApiError } from '../../base/errors.js';
import { LIMITS } from '../../base/limits.js';
import { leftOut, positionOf, tokensCounting } from '../../lists/window.js';
import { columnsOf } from '../../contract/wire.js';
import { Database } from '../../postgres/database.js';
import { type Binding, type CursorShape, KEY } from '../../lists/page-token.js';
import { type List, oneOff } from '../../lists/list.js';
import { listPage, type Page, pageOf } from '../../lists/page.js';
import { inOrder, readWithTexts, textsTooLong } from '../../lists/objects.js';
import type { Selection } from '../../lists/selection.js';
import { columnsRead } from '../../sql/page.js';
import { orderOf } from '../../sql/table-columns.js';
import type { TimeWindow } from '../../base/time.js';
import { SymbolDirectory } from '../market-data/symbol-directory.js';
import { TableQueries, windowOf } from '../tables/table.queries.js';
import type { TablePage } from '../tables/table.sql.js';
import {
  type EventsArgs,
  EventValue,
  type EventValuesArgs,
  FinancialEvent,
  type SymbolEventsArgs,
} from './events.model.js';
import {
  type EventColumn,
  type EventFilter,
  type EventRow,
  events,
  eventsById,
  eventsOf,
  eventValues,
} from './events.sql.js';

const COLUMNS = columnsOf(FinancialEvent);
/** Columns whose texts may be of any length. */
const TEXTS = ['event_name', 'description'] as const;
/** So many days either side of today. */
const DAYS = {
  days: 2 * LIMITS.defaultDays.events + 1,
  daysAhead: LIMITS.defaultDays.events,
  maxDays: LIMITS.eventsDays,
};
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
      texts: TEXTS,
      ...DAYS,
    } as const;
    super(db, options, directory);
  }

  protected override rows(args: EventsArgs & Pick<EventFilter, 'ofNoSymbol'>, page: TablePage): Expression<EventRow> {
    return events(page, args, args.symbol);
  }

  protected override bindingOf(args: SymbolEventsArgs & Partial<EventsArgs>): Binding {
    const { start, end, types, countries, currencies, symbol, minImpact, sort, updatedAfter } = args;
    const asked = ['events', start, end, types, countries, currencies, symbol, minImpact, sort];
    return updatedAfter ? [...asked, updatedAfter] : asked;
  }

  /** The values of a column with their events inside a window, in alphabetical order. */
  async values(column: EventColumn, args: EventValuesArgs): Promise<List & { window: TimeWindow }> {
    const binding: Binding = ['event_values', column, args.start, args.end];
    const span = await this.span();
    const resolve = (): TimeWindow => windowOf(DAYS, args, span);
    const { window, key } = positionOf(binding, VALUE_TOKENS, args.after, resolve, nameOf(args, 'after'));
    return {
      statements: [oneOff((limit) => eventValues(column, window, key, limit))],
      key: ['place'],
      binding,
      window,
      note: leftOut(args, window, span),
    };
  }

  /** One page of the values of a column. */
  async valuesPage(column: EventColumn, args: EventValuesArgs, selection: Selection): Promise<Page<EventValue>> {
    const list = await this.values(column, args);
    return listPage<EventValue>(this.db, list, args.first as number, selection);
  }

  /**
   * For each of several symbols, in their order, one page of its events; one statement for all.
   * @param bytes  what the long texts of all may have; where they have more none is read, and the answer is null
   */
  async pages(
    symbols: readonly string[],
    args: SymbolEventsArgs,
    selection: Selection,
    bytes: number,
  ): Promise<Page<FinancialEvent>[] | null> {
    const limit = args.first as number;
    const span = await this.span();
    const positions = symbols.map((symbol) => {
      const binding = this.bindingOf({ ...args, symbol });
      const resolve = (): TimeWindow => windowOf(DAYS, args, span);
      return {
        symbol,
        binding,
        ...positionOf(binding, tokensCounting(this.tokens, args), args.after, resolve, 'after'),
      };
    });
    const { window, key } = positions[0]!;
    const page = { window, sort: args.sort, after: key, limit: sql.val(limit + 1) };
    const columns = columnsRead(selection.columns, ['symbol'], COLUMNS);
    const rows = await readWithTexts<FinancialEvent>(this.db, eventsOf(symbols, page, args), columns, TEXTS, bytes);
    if (!rows) return null;
    const found = Map.groupBy(rows, (event) => event.symbol);
    const note = leftOut(args, window, span);
    return positions.map(({ symbol, binding }) =>
      pageOf(found.get(symbol) ?? [], limit, { binding, window, note }, (event) => [event.eventDatetime, event.id]),
    );
  }

  /**
   * Events by their ids, in the order of the ids; null where there is no such event.
   * @param bytes  what the long texts of all may have; where they have more none is read, and the answer is null
   */
  async find(ids: readonly string[], bytes: number): Promise<(FinancialEvent | null)[] | null> {
    const rows = await readWithTexts<FinancialEvent>(this.db, eventsById(ids), COLUMNS, TEXTS, bytes);
    return rows && inOrder(ids, rows);
  }

  /**
   * One event.
   * @throws ApiError event_not_found; limit_exceeded where its texts are too long for one answer
   */
  async require(id: string): Promise<FinancialEvent> {
    const found = await this.find([id], LIMITS.textBytes);
    if (!found) throw textsTooLong(`The texts of event ${id} have`, '/v1/events?format=ndjson&limit=all');
    if (!found[0]) throw new ApiError('event_not_found', `There is no event ${id}.`, { param: 'id' });
    return found[0];
  }
}
