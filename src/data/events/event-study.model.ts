import { ArgsType, Field, ObjectType, registerEnumType } from '@nestjs/graphql';
import { LIMITS } from '../../base/limits.js';
import type { TimeWindow } from '../../base/time.js';
import { Arg } from '../../contract/args.js';
import { OutputArgs } from '../../contract/output.args.js';
import { Window } from '../../contract/relay.js';
import { Wire } from '../../contract/wire.js';
import { Freshness } from '../market-data/daily.model.js';

/** When an event is, by the hours of New York. */
export const EventTiming = {
  BEFORE_OPEN: 'before_open',
  INTRADAY: 'intraday',
  AFTER_CLOSE: 'after_close',
  UNKNOWN: 'unknown',
} as const;
export type EventTiming = (typeof EventTiming)[keyof typeof EventTiming];
registerEnumType(EventTiming, {
  name: 'EventTiming',
  description: 'When an event is, by the hours of the New York Stock Exchange.',
  valuesMap: {
    BEFORE_OPEN: { description: 'Before 09:30 in New York: session 0 is that of the day.' },
    INTRADAY: { description: 'From 09:30 to 16:00 in New York: session 0 is that of the day.' },
    AFTER_CLOSE: { description: 'From 16:00 in New York on: session 0 is that of the next day.' },
    UNKNOWN: { description: 'At midnight UTC, which stands for no hour: session 0 is that of the day.' },
  },
});

const SESSION = 'Sessions after that of the event, which is 0; before it they are negative.';
const MODEL = 'A double.';

/** A session around an event. */
@ObjectType({ description: 'A session around an event: a day on which the symbol has a bar.' })
export class ReactionSession {
  @Wire('integer', SESSION)
  session: number;

  @Wire('day', 'UTC day of the session.')
  day: string;

  @Wire('decimal', 'The close, exact.')
  close: string | null;

  @Wire('float', `Close by the close of the session before, less 1. ${MODEL}`, { nullable: true })
  return: number | null;

  @Wire('float', `The same of the benchmark. ${MODEL}`, { nullable: true })
  benchmarkReturn: number | null;

  @Wire('float', `The return less that of the benchmark. ${MODEL}`, { nullable: true })
  abnormalReturn: number | null;

  @Wire('float', `The abnormal returns from the first session on, added up. ${MODEL}`, { nullable: true })
  cumulatedReturn: number | null;

  @Wire(
    'float',
    'The cumulated return by the deviation of the 120 abnormal returns before the first session and the root of the ' +
      'number of sessions; null where fewer than 30 tell it. A double.',
    { nullable: true },
  )
  t: number | null;
}

/** What a symbol did around an event. */
@ObjectType({ description: 'What a symbol did around an event, session by session.' })
export class Reaction {
  @Wire('text', 'The symbol that was looked at.')
  symbol: string;

  @Wire('text', 'What its returns are compared with: market, market_median or a symbol.')
  benchmark: string;

  @Field(() => EventTiming, { description: 'When the event is, by the hours of New York.' })
  timing: EventTiming;

  @Wire('integer', 'Abnormal returns from which the usual deviation is taken.')
  estimationSessions: number;

  @Wire('float', 'Their sample deviation; null where there are fewer than 30. A double.', { nullable: true })
  deviation: number | null;

  @Field(() => [String], { description: 'What to mind when reading it.' })
  warnings: string[];

  @Field(() => [ReactionSession], { description: 'The sessions; those that are not there are left out.' })
  sessions: ReactionSession[];

  @Field(() => Freshness, { description: 'How fresh the daily bars are.' })
  freshness: Freshness;
}

/** A session of a study. */
@ObjectType({ description: 'What the events of a study have in common in one session.' })
export class StudySession {
  @Wire('integer', SESSION)
  session: number;

  @Wire('integer', 'Events that have all sessions: the same in each.')
  events: number;

  @Wire('float', `Mean return. ${MODEL}`, { nullable: true })
  meanReturn: number | null;

  @Wire('float', `Mean return of the benchmark. ${MODEL}`, { nullable: true })
  meanBenchmark: number | null;

  @Wire('float', `Mean abnormal return. ${MODEL}`, { nullable: true })
  meanAbnormal: number | null;

  @Wire('float', `Mean of the abnormal returns cumulated from the first session on (CAAR). ${MODEL}`, {
    nullable: true,
  })
  meanCumulated: number | null;

  @Wire('float', `Sample deviation of the cumulated returns across events; null for one event. ${MODEL}`, {
    nullable: true,
  })
  deviation: number | null;

  @Wire('float', `CAAR by its standard error across events; null where that is zero. ${MODEL}`, { nullable: true })
  t: number | null;

  @Wire('float', `Share of events whose cumulated return is above zero. ${MODEL}`, { nullable: true })
  hitRate: number | null;
}

/** What happens around events of a kind. */
@ObjectType({ description: 'What happens around events of a kind.' })
export class EventStudy {
  @Wire('integer', 'Pairs of an event and a symbol that were found.')
  found: number;

  @Wire('integer', 'Those of them that have all sessions, with a return of the benchmark in each.')
  studied: number;

  @Wire('integer', 'Events that name no symbol, where no symbols were asked for: they are in no pair.')
  withoutSymbol: number;

  @Wire('integer', 'Pairs whose event has no hour.')
  hourUnknown: number;

  @Field(() => [String], { description: 'What to mind when reading it.' })
  warnings: string[];

  @Field(() => [StudySession], { description: 'The sessions.' })
  sessions: StudySession[];

  @Field(() => [String], { description: 'Of the symbols that were asked for, those that do not exist.' })
  unknown: string[];

  @Field(() => Window, { description: 'The window of the events, with the defaults filled in.' })
  window: TimeWindow;

  @Field(() => Freshness, { description: 'How fresh the daily bars are.' })
  freshness: Freshness;
}

/** Sessions around events, and what returns are compared with. */
@ArgsType()
export class AroundArgs extends OutputArgs {
  @Arg.integer('Sessions before that of the event.', { min: 0, max: LIMITS.studySessions, default: 5 })
  before: number;

  @Arg.integer('Sessions after that of the event.', { min: 0, max: LIMITS.studySessions, default: 5 })
  after: number;

  @Arg.text(
    'What returns are compared with: market, the mean return of all symbols that day; market_median; or a symbol.',
    { max: LIMITS.symbolLength, default: 'market', example: 'market' },
  )
  benchmark: string;
}

/** Arguments of the reaction to an event. */
@ArgsType()
export class ReactionArgs extends AroundArgs {
  @Arg.text('Whose reaction. Default: the symbol of the event, if it names one.', {
    max: LIMITS.symbolLength,
    example: 'AAPL',
  })
  symbol?: string;
}

/** Arguments of a study. */
@ArgsType()
export class StudyArgs extends AroundArgs {
  @Arg.list('The kinds of events.', { rest: 'event_type', max: 50, length: 50, example: ['earnings'], required: true })
  types: string[];

  @Arg.list('Only events of these symbols; for events that name none, the symbols that they are looked at in.', {
    max: 50,
    length: LIMITS.symbolLength,
    example: ['AAPL'],
  })
  symbols?: string[];

  @Arg.time('First instant of the events, inclusive. Default: 365 days before the end.')
  start?: string;

  @Arg.time('Their last day, included whole, or an instant, exclusive. Default: the newest daily bar.')
  end?: string;
}
