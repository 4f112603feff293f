import { Controller, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Answer, Cache, cacheOf, objectAnswer } from '../common/answer.js';
import { NoArgs } from '../common/args.js';
import { Lists } from '../common/lists.js';
import { queryOf } from '../common/output.args.js';
import { RestArgs, Route } from '../common/rest.js';
import { requireUuid } from '../common/uuid.js';
import { echoWindow } from '../common/window.js';
import { wireJson } from '../common/wire.js';
import { EventsArgs, FinancialEvent } from './events.model.js';
import { EventsQueries } from './events.queries.js';

/** Financial events over REST. */
@ApiTags('events')
@Controller('v1/events')
export class EventsController {
  constructor(
    private readonly events: EventsQueries,
    private readonly lists: Lists,
  ) {}

  @Route('', {
    summary: 'Financial events, oldest first',
    description: 'Past and scheduled ones. What lies ahead has a forecast and no actual value.',
    args: EventsArgs,
    model: FinancialEvent,
    shape: 'page',
  })
  async list(@RestArgs() args: EventsArgs): Promise<Answer> {
    const list = await this.events.list(args, 'page_token');
    const { first, last } = await this.events.span();
    const meta = {
      query: queryOf(EventsArgs, list.args, echoWindow(list.window)),
      first_event: first,
      last_event: last,
      first_day: first?.slice(0, 10) ?? null,
      last_day: last?.slice(0, 10) ?? null,
    };
    const cache = cacheOf(list.window);
    return this.lists.answer(list, { args, model: FinancialEvent, meta, cache, fileName: 'events' });
  }

  @Route(':id', {
    summary: 'One event',
    args: NoArgs,
    model: FinancialEvent,
    shape: 'object',
    path: { id: 'UUID of the event.' },
  })
  async one(@Param('id') id: string, @RestArgs() args: NoArgs): Promise<Answer> {
    const event = await this.events.require(requireUuid(id));
    return objectAnswer(wireJson(FinancialEvent, event), { query: { id: event.id, ...args } }, Cache.OPEN);
  }
}
