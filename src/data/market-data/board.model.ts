import { ArgsType, Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Arg } from '../../contract/args.js';
import { Connection } from '../../contract/relay.js';
import { DateScalar, DateTimeScalar } from '../../contract/scalars.js';
import { LIMITS } from '../../base/limits.js';
import { OutputArgs } from '../../contract/output.args.js';
import { Wire } from '../../contract/wire.js';
import { Freshness } from './daily.model.js';

/** Where a symbol stands: its last daily bar, and what its daily bars before that make of it. */
@ObjectType({ description: 'Where a symbol stands: its last daily bar beside those before it.' })
export class BoardRow {
  @Wire('text', 'The symbol.')
  symbol: string;

  @Wire('day', 'Its last day that has a bar and is not after today, in UTC.')
  day: string;

  @Wire('boolean', 'Whether that day is not over yet.')
  isPartial: boolean;

  @Wire('boolean', 'Whether the market had a session since. Such a symbol is no mover.')
  isStale: boolean;

  @Wire('integer', 'Sessions of the market since then, of the last 378 days.')
  missedSessions: number;

  @Wire('decimal', 'Open of that day.')
  open: string | null;

  @Wire('decimal', 'High of that day.')
  high: string | null;

  @Wire('decimal', 'Low of that day.')
  low: string | null;

  @Wire('decimal', 'Close of that day.')
  close: string | null;

  @Wire('bigint', 'Volume of that day.')
  volume: string;

  @Wire('day', 'The day before that has a bar of this symbol.', { nullable: true })
  previousDay: string | null;

  @Wire('decimal', 'Close of that day before.')
  previousClose: string | null;

  @Wire('decimal', 'close − previous_close, exactly.')
  change: string | null;

  @Wire('float', '100 × (close / previous_close − 1).', { nullable: true })
  changePercent: number | null;

  @Wire('float', '100 × (open / previous_close − 1).', { nullable: true })
  openingGapPercent: number | null;

  @Wire('float', 'volume / mean volume of the 20 bars before; low while the day is not over.', { nullable: true })
  relativeVolume: number | null;

  @Wire('float', 'close / close 5 bars before − 1.', { nullable: true })
  return5: number | null;

  @Wire('float', 'close / close 21 bars before − 1: about a month.', { nullable: true })
  return21: number | null;

  @Wire('float', 'close / close 63 bars before − 1: about a quarter.', { nullable: true })
  return63: number | null;

  @Wire('float', 'close / close 252 bars before − 1: about a year.', { nullable: true })
  return252: number | null;

  @Wire('float', 'close / last close of the year before that of day − 1.', { nullable: true })
  returnYtd: number | null;

  @Wire('decimal', 'Highest high of the 52 weeks that end with day.')
  high52Week: string | null;

  @Wire('decimal', 'Lowest low of the 52 weeks that end with day.')
  low52Week: string | null;

  @Wire('float', 'Mean of the last 20 closes.', { nullable: true })
  sma20: number | null;

  @Wire('float', 'Mean of the last 50 closes.', { nullable: true })
  sma50: number | null;

  @Wire('float', 'Mean of the last 200 closes.', { nullable: true })
  sma200: number | null;

  @Wire('float', 'As the indicator rsi(14), from the last 378 bars.', { nullable: true })
  rsi14: number | null;

  @Wire('float', 'As the indicator atr(14), from the last 378 bars.', { nullable: true })
  atr14: number | null;

  @Wire('float', 'As the indicator volatility(20): annualised, a ratio.', { nullable: true })
  volatility20: number | null;
}

/** A page of the board. */
@ObjectType({ description: 'A page of the board.' })
export class BoardConnection extends Connection(BoardRow, 'Board') {
  @Field(() => DateTimeScalar, { description: 'Up to when the board is known to be as the database has it.' })
  asOf: string;

  @Field(() => DateScalar, { nullable: true, description: 'Newest session of the market; null where it has none.' })
  session: string | null;

  @Field(() => Int, { description: 'Rows on all pages.' })
  matched: number;

  @Field(() => [String], {
    nullable: true,
    description: 'Of the symbols that were asked for, those that do not exist; null where none was named.',
  })
  unknown?: string[] | null;

  @Field(() => Freshness, {
    nullable: true,
    description: 'How fresh and complete the aggregate is; null, with an error, where that cannot be told.',
  })
  freshness: Freshness | null;
}

const WHERE = 'Conditions, all of which hold, such as "close>sma_200,rsi_14<30,is_stale=false".';
const SORT = 'A column to order by, with - before it from the highest down; rows without a value come last.';

/** Arguments of the board's rows: of all symbols, or of some. */
@ArgsType()
export class SnapshotsArgs extends OutputArgs {
  @Arg.list('The symbols. Default: all of them.', {
    max: LIMITS.latestSymbols,
    length: LIMITS.symbolLength,
    example: ['AAPL', 'MSFT'],
  })
  symbols?: string[];

  @Arg.limit(LIMITS.boardPage)
  first: number | 'all';

  @Arg.token()
  after?: string;
}

/** Arguments of a screen. */
@ArgsType()
export class ScreenArgs extends OutputArgs {
  @Arg.text(WHERE, { example: 'close>sma_200,rsi_14<60' })
  where?: string;

  @Arg.text(SORT, { rest: 'sort', max: 60, example: '-return_21' })
  orderBy?: string;

  @Arg.limit(LIMITS.boardPage)
  first: number | 'all';

  @Arg.token()
  after?: string;
}

/** Arguments of the board in GraphQL. */
@ArgsType()
export class BoardArgs extends SnapshotsArgs {
  @Arg.text(WHERE, { example: 'close>sma_200,rsi_14<60' })
  where?: string;

  @Arg.text(SORT, { rest: 'sort', max: 60, example: '-return_21' })
  orderBy?: string;
}

/** What movers move by. */
export const MoversBy = {
  CHANGE_PERCENT: 'change_percent',
  VOLUME: 'volume',
  RELATIVE_VOLUME: 'relative_volume',
  GAP: 'gap',
} as const;
export type MoversBy = (typeof MoversBy)[keyof typeof MoversBy];
registerEnumType(MoversBy, { name: 'MoversBy', description: 'What movers move by.' });

/** From the highest down, or from the lowest up. */
export const MoversDirection = { UP: 'up', DOWN: 'down' } as const;
export type MoversDirection = (typeof MoversDirection)[keyof typeof MoversDirection];
registerEnumType(MoversDirection, { name: 'MoversDirection', description: 'From the highest down, or lowest up.' });

/** Arguments of the movers. */
@ArgsType()
export class MoversArgs extends OutputArgs {
  @Arg.choice('What they move by; gap is the opening gap.', MoversBy, { default: MoversBy.CHANGE_PERCENT })
  by: MoversBy;

  @Arg.choice(
    'up: from the highest down. down: from the lowest up. Of changes only what rose, or what fell.',
    MoversDirection,
    { default: MoversDirection.UP },
  )
  direction: MoversDirection;

  @Arg.integer('How many.', { rest: 'limit', min: 1, max: LIMITS.boardPage.max, default: 20 })
  first: number;
}
