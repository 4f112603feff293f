import { ArgsType, ObjectType } from '@nestjs/graphql';
import { Arg } from '../../contract/args.js';
import { NotedConnection } from '../../contract/relay.js';
import { LIMITS } from '../../base/limits.js';
import { OutputArgs, RowsArgs } from '../../contract/output.args.js';
import { SortDirection } from '../../contract/sort.js';
import { Format, RowFormat } from '../../sql/format.js';
import { WindowArgs } from '../../contract/window.args.js';
import { Wire } from '../../contract/wire.js';

/** One event of the financial calendar: a release, a decision, earnings, a holiday. */
@ObjectType('Event', {
  description: 'One event of the financial calendar: a release, a decision, earnings, a holiday.',
})
export class FinancialEvent {
  @Wire('id', 'UUID of the event.')
  id: string;

  @Wire('text', 'Kind of event, such as economic_release or earnings.')
  eventType: string;

  @Wire('instant', 'When it happens or happened.')
  eventDatetime: string;

  @Wire('text', 'Name of the event.', { bytes: 40 })
  eventName: string;

  @Wire('text', 'What it is about.', { nullable: true, bytes: 200 })
  description: string | null;

  @Wire('integer', 'Expected effect on prices, 1 (least) to 4 (most).', { nullable: true })
  impactLevel: number | null;

  @Wire('text', 'The symbol that it is about.', { nullable: true })
  symbol: string | null;

  @Wire('text', 'The currency that it is about.', { nullable: true })
  currency: string | null;

  @Wire('text', 'The country that it is about.', { nullable: true })
  country: string | null;

  @Wire('decimal', 'The value that was published, in the unit of the event; null before.')
  actual: string | null;

  @Wire('decimal', 'The value that was expected.')
  forecast: string | null;

  @Wire('decimal', 'The value of the period before.')
  previous: string | null;

  @Wire('text', 'Where the event comes from.')
  source: string;

  @Wire('instant', 'When the event was written first; when it was changed is not kept.', {
    nullable: true,
    onRequest: true,
  })
  createdAt: string | null;
}

/** One event type, country or currency, and its events inside a window. */
@ObjectType({ description: 'One event type, country or currency, and its events inside a window.' })
export class EventValue {
  @Wire('text', 'The event type, country or currency; null for the events that name none.', { nullable: true })
  value: string | null;

  @Wire('integer', 'Number of its events inside the window.')
  events: number;

  @Wire('instant', 'When the first of them is.')
  firstEvent: string;

  @Wire('instant', 'When the last of them is.')
  lastEvent: string;
}

/** A page of events. */
@ObjectType({ description: 'A page of events.' })
export class EventConnection extends NotedConnection(FinancialEvent, 'Event') {}

/** A page of event types, countries or currencies. */
@ObjectType({ description: 'A page of event types, countries or currencies.' })
export class EventValueConnection extends NotedConnection(EventValue, 'EventValue') {}

const START = '90 days before now, or before the newest event if that is older';
const NEWEST_FIRST = 'latest first, as far back as the page reaches';
const END = '90 days after now, or after the newest event if that is older';

/** Arguments of the lists of event types, countries and currencies. */
@ArgsType()
export class EventValuesArgs extends WindowArgs(RowsArgs, { start: START, end: END, limit: LIMITS.directoryPage }) {}

/** Arguments of the events of one symbol. */
@ArgsType()
export class SymbolEventsArgs extends OutputArgs {
  @Arg.time(`First instant, inclusive. Default: ${START}; ${NEWEST_FIRST}.`)
  start?: string;

  @Arg.time(`Last day, included whole, or an instant, exclusive. Default: ${END}.`)
  end?: string;

  @Arg.choice('Earliest or latest first.', SortDirection, { default: SortDirection.ASC })
  sort: SortDirection;

  @Arg.integer('Only events of at least this impact level.', { min: 1, max: 4 })
  minImpact?: number;

  @Arg.time('Only events that were written first after this instant: when one was changed is not kept.')
  updatedAfter?: string;

  @Arg.limit(LIMITS.eventsPage)
  first: number | 'all';

  @Arg.token()
  after?: string;
}

/** Arguments of a list of events. */
@ArgsType()
export class EventsArgs extends SymbolEventsArgs {
  @Arg.choice(
    'Format of the rows, or ics for a calendar to subscribe to; the Accept header may say it too.',
    { ...RowFormat, ICS: Format.ICS },
    { restOnly: true },
  )
  override format?: Format = undefined;

  @Arg.list('Only events of these kinds.', {
    rest: 'event_type',
    max: 50,
    length: 50,
    example: ['earnings', 'holiday'],
  })
  types?: string[];

  @Arg.list('Only events of these countries.', { rest: 'country', max: 50, length: 10, example: ['US'] })
  countries?: string[];

  @Arg.list('Only events of these currencies.', { rest: 'currency', max: 50, length: 10, example: ['USD'] })
  currencies?: string[];

  @Arg.text('Only events of this symbol.', { max: LIMITS.symbolLength, example: 'AAPL' })
  symbol?: string;
}
