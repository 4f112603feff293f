import { Controller, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { requireUuid } from '../../base/identifiers.js';
import { Cache } from '../../contract/caching.js';
import { queryOf } from '../../contract/output.args.js';
import { snakeKeys } from '../../contract/wire.js';
import { echoWindow } from '../../lists/window.js';
import { type Answer } from '../../rest/answer.js';
import { META } from '../../rest/openapi-schemas.js';
import { RestArgs, Route } from '../../rest/route.js';
import { rowsAnswer } from '../../rest/rows.js';
import { Freshness } from '../market-data/daily.model.js';
import { EventTiming, ReactionArgs, ReactionSession, StudyArgs, StudySession } from './event-study.model.js';
import { EventStudyQueries } from './event-study.queries.js';

const WARNINGS = { type: 'array', items: META.text, description: 'What to mind when reading it.' };

const MODEL =
  'A session is a day on which the symbol has a bar, not a day of the calendar. Session 0 is that of the day of the ' +
  'event, or the next one after a day without; of an event after 16:00 in New York it is that of the next day. ' +
  'Returns are close by the close before, less 1. The abnormal return is that of the symbol less that of ' +
  '`benchmark` on the same day; it is cumulated by addition from the first session on (MacKinlay 1997). Closes are ' +
  'raw: a split is a return. ';

/** What happened around events, over REST. */
@ApiTags('events')
@Controller('v1/events')
export class EventStudyController {
  constructor(private readonly studies: EventStudyQueries) {}

  @Route('study', {
    id: 'studyEvents',
    summary: 'What happens around events of a kind, session by session',
    description:
      MODEL +
      'Each row is a session: means over the events, t of the cumulated mean across events, and the share of events ' +
      'above zero. Events that lack a session are left out, and `meta.warnings` counts them.',
    args: StudyArgs,
    model: StudySession,
    shape: 'list',
    meta: {
      found: META.count,
      studied: META.count,
      without_symbol: META.count,
      hour_unknown: META.count,
      warnings: WARNINGS,
      unknown: META.unknown,
      freshness: Freshness,
    },
  })
  async study(@RestArgs() args: StudyArgs): Promise<Answer> {
    const { sessions, window, freshness, ...counts } = await this.studies.study(args);
    const meta = {
      query: queryOf(StudyArgs, args, echoWindow(window)),
      ...snakeKeys(counts),
      freshness: snakeKeys(freshness),
    };
    return rowsAnswer(sessions, { args, model: StudySession, meta, cache: Cache.DEFAULT, fileName: 'event-study' });
  }

  @Route(':id/reaction', {
    id: 'getReaction',
    summary: 'What a symbol did around an event, session by session',
    description:
      MODEL +
      't is the cumulated abnormal return by the deviation of the 120 abnormal returns before the first session and ' +
      'the root of the number of sessions. Sessions that are not there yet are left out.',
    args: ReactionArgs,
    model: ReactionSession,
    shape: 'list',
    meta: {
      symbol: META.text,
      benchmark: META.text,
      timing: { type: 'string', enum: Object.values(EventTiming) },
      estimation_sessions: META.count,
      deviation: META.ratio,
      warnings: WARNINGS,
      freshness: Freshness,
    },
    path: {
      id: { description: 'UUID of the event.', example: '123e4567-e89b-12d3-a456-426614174000', format: 'uuid' },
    },
  })
  async reaction(@Param('id') text: string, @RestArgs() args: ReactionArgs): Promise<Answer> {
    const id = requireUuid(text);
    const { sessions, freshness, ...said } = await this.studies.requireReaction(id, args);
    const meta = {
      query: { id, ...queryOf(ReactionArgs, args) },
      ...snakeKeys(said),
      freshness: snakeKeys(freshness),
    };
    const fileName = `reaction-${id}`;
    return rowsAnswer(sessions, { args, model: ReactionSession, meta, cache: Cache.DEFAULT, fileName });
  }
}
