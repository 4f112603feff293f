import { Controller, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Answer } from '../../rest/answer.js';
import { Cache } from '../../contract/caching.js';
import { ListAnswers } from '../../rest/list-answers.js';
import { OutputArgs } from '../../contract/output.args.js';
import { RestArgs, Route } from '../../rest/route.js';
import { rowAnswer } from '../../rest/rows.js';
import { endsNamed, windowMeta } from '../../rest/window-meta.js';
import { requireUuid } from '../../base/identifiers.js';
import { Format } from '../../sql/format.js';
import { EVENT_CALENDAR } from './event-calendar.js';
import { EventsArgs, EventValue, EventValuesArgs, FinancialEvent } from './events.model.js';
import { EventsQueries } from './events.queries.js';
import type { EventColumn } from './events.sql.js';

/** Financial events over REST. */
@ApiTags('events')
@Controller('v1/events')
export class EventsController {
  constructor(
    private readonly events: EventsQueries,
    private readonly lists: ListAnswers,
  ) {}

  @Route('', {
    id: 'listEvents',
    summary: 'Financial events in the order of time',
    description:
      'Past and scheduled ones. What lies ahead has a forecast and no actual value. A page ends before its limit ' +
      'where its texts would be more than 2 MB; `next_page_token` says where it goes on. As a calendar ' +
      '(`format=ics`) it is the whole window without a limit: an event at midnight UTC is a whole day, since its ' +
      'hour is not known; impact levels 4 to 1 are the priorities 1, 3, 6 and 9.',
    args: EventsArgs,
    model: FinancialEvent,
    shape: 'page',
    meta: endsNamed('event'),
  })
  async list(@RestArgs() args: EventsArgs): Promise<Answer> {
    const list = await this.events.list(args);
    const meta = windowMeta(EventsArgs, list, await this.events.span(), 'event');
    return this.lists.answer(list, {
      args,
      model: FinancialEvent,
      meta,
      fileName: 'events',
      feed: args.format === Format.ICS ? EVENT_CALENDAR : undefined,
    });
  }

  @Route('types', {
    id: 'listEventTypes',
    summary: 'The types of the events inside a window, in alphabetical order',
    args: EventValuesArgs,
    model: EventValue,
    shape: 'page',
    meta: endsNamed('event'),
  })
  types(@RestArgs() args: EventValuesArgs): Promise<Answer> {
    return this.#values('event_type', args, 'event-types');
  }

  @Route('countries', {
    id: 'listEventCountries',
    summary: 'The countries of the events inside a window, in alphabetical order',
    args: EventValuesArgs,
    model: EventValue,
    shape: 'page',
    meta: endsNamed('event'),
  })
  countries(@RestArgs() args: EventValuesArgs): Promise<Answer> {
    return this.#values('country', args, 'event-countries');
  }

  @Route('currencies', {
    id: 'listEventCurrencies',
    summary: 'The currencies of the events inside a window, in alphabetical order',
    args: EventValuesArgs,
    model: EventValue,
    shape: 'page',
    meta: endsNamed('event'),
  })
  currencies(@RestArgs() args: EventValuesArgs): Promise<Answer> {
    return this.#values('currency', args, 'event-currencies');
  }

  @Route(':id', {
    id: 'getEvent',
    summary: 'One event',
    args: OutputArgs,
    model: FinancialEvent,
    shape: 'object',
    path: {
      id: { description: 'UUID of the event.', example: '123e4567-e89b-12d3-a456-426614174000', format: 'uuid' },
    },
  })
  async get(@Param('id') id: string, @RestArgs() args: OutputArgs): Promise<Answer> {
    const event = await this.events.require(requireUuid(id));
    const meta = { query: { id: event.id } };
    return rowAnswer(event, { args, model: FinancialEvent, meta, cache: Cache.DEFAULT, fileName: `event-${event.id}` });
  }

  async #values(column: EventColumn, args: EventValuesArgs, fileName: string): Promise<Answer> {
    const list = await this.events.values(column, args);
    const meta = windowMeta(EventValuesArgs, { ...list, args }, await this.events.span(), 'event');
    return this.lists.answer(list, { args, model: EventValue, meta, fileName });
  }
}
