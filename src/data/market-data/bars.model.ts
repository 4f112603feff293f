import { ArgsType, Field, ObjectType } from '@nestjs/graphql';
import { Arg } from '../../contract/args.js';
import { ColumnsOf, WindowConnection } from '../../contract/relay.js';
import { LIMITS } from '../../base/limits.js';
import { OutputArgs } from '../../contract/output.args.js';
import { SortDirection } from '../../contract/sort.js';
import { Wire } from '../../contract/wire.js';
import { Freshness, INDICATORS_OF_BARS, UPDATED_AFTER } from './daily.model.js';

/** One bar: what was traded of one symbol in one stretch of time. */
@ObjectType({ description: 'What was traded of one symbol in one stretch of time.' })
export class Bar {
  @Wire('text', 'The symbol, as the pipeline writes it.')
  symbol: string;

  @Wire('instant', 'When the bar starts.')
  timestamp: string;

  @Wire('text', 'How long the bar is, such as 1m or 1d.')
  timeframe: string;

  @Wire('decimal', 'First price.')
  open: string | null;

  @Wire('decimal', 'Highest price.')
  high: string | null;

  @Wire('decimal', 'Lowest price.')
  low: string | null;

  @Wire('decimal', 'Last price.')
  close: string | null;

  @Wire('bigint', 'Units traded.')
  volume: string;

  @Wire('decimal', 'Volume-weighted average price.')
  vwap: string | null;

  @Wire('bigint', 'Number of trades.', { nullable: true })
  tradesCount: string | null;

  @Wire('text', 'Where the bar comes from; null for one that is made of others.', { nullable: true })
  source: string | null;

  @Wire('instant', 'When the bar was written first; null for one that is made of others.', {
    nullable: true,
    onRequest: true,
  })
  createdAt: string | null;

  @Wire('instant', 'When the bar was written last; null for one that is made of others.', {
    nullable: true,
    onRequest: true,
  })
  updatedAt: string | null;

  @Wire('integer', 'How many stored bars, or days, it is made of: 1 for a stored one.')
  bars: number;

  @Wire('boolean', 'Whether its time is not over yet; null for a stored one.', { nullable: true })
  isPartial: boolean | null;
}

const BarColumns = ColumnsOf(Bar, 'Bar');

/** A page of bars. */
@ObjectType({ description: 'A page of bars.' })
export class BarConnection extends WindowConnection(Bar, 'Bar') {
  @Field(() => BarColumns, { description: 'The same bars as one array per column.' })
  columns: Record<string, unknown[]>;

  @Field(() => String, {
    nullable: true,
    description: 'The timeframe of the bars: the one that was asked for, or chosen for maxPoints; null for all.',
  })
  timeframe: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The timeframe of the stored bars that they are made of, or "daily" for the daily bars; null for stored bars.',
  })
  derivedFrom: string | null;

  @Field(() => String, { description: 'The time zone in which the bars begin.' })
  tz: string;

  @Field(() => Freshness, {
    nullable: true,
    description:
      'How fresh and complete the daily bars are that they are made of; null where they are not made of these.',
  })
  freshness: Freshness | null;

  @Field(() => String, { nullable: true, description: 'What is missing here; null where nothing is.' })
  note: string | null;
}

/** The newest bar of one requested symbol. */
@ObjectType({ description: 'The newest bar of one requested symbol.' })
export class LatestResult {
  @Field(() => String, { description: 'The symbol, as requested.' })
  symbol: string;

  @Field(() => Bar, { nullable: true, description: 'Its newest bar; null where the symbol is unknown.' })
  bar: Bar | null;
}

const TIMEFRAME = 'Only bars of this length, such as 1m or 1d.';

/** Arguments of the newest bar. */
@ArgsType()
export class LatestArgs extends OutputArgs {
  @Arg.text(TIMEFRAME, { max: 10, example: '1d' })
  timeframe?: string;
}

/** Arguments of the newest bars of several symbols. */
@ArgsType()
export class LatestOfArgs extends LatestArgs {
  @Arg.list('The symbols, in the order of the answer.', {
    max: LIMITS.latestSymbols,
    length: LIMITS.symbolLength,
    required: true,
    example: ['AAPL', 'MSFT'],
  })
  symbols: string[];
}

/** Arguments of a list of bars. */
@ArgsType()
export class BarsArgs extends OutputArgs {
  @Arg.time(
    'First instant, inclusive; widened to whole bars. Default: 30 days before the newest bar, 365 for a timeframe of a day, the first bar for a longer one or max_points; newest first, as far back as the page reaches.',
  )
  start?: string;

  @Arg.time('Last day, included whole, or an instant, exclusive; widened to whole bars. Default: the newest bar.')
  end?: string;

  @Arg.text(
    'Only bars of this length, such as 1m or 1d. One that is not stored is made of the stored bars: minutes and hours that divide a day, 1d, 1w, 1mo, 1q, 1y.',
    { max: 10, example: '1d' },
  )
  timeframe?: string;

  @Arg.text(
    'The time zone in which bars of a timeframe begin, by its IANA name; weeks begin on Monday. Default: UTC.',
    { max: 64, example: 'America/New_York' },
  )
  tz?: string;

  @Arg.integer('Chooses the shortest timeframe of which the window has no more bars than this.', {
    min: 10,
    max: LIMITS.maxPoints,
    example: 800,
  })
  maxPoints?: number;

  @Arg.text('Only bars from this source.', { max: 50, example: 'sample' })
  source?: string;

  @Arg.time(`Only stored bars that were written after this instant. ${UPDATED_AFTER}`)
  updatedAfter?: string;

  @Arg.choice('Oldest or newest first.', SortDirection, { default: SortDirection.ASC })
  sort: SortDirection;

  @Arg.text(INDICATORS_OF_BARS, { restOnly: true, max: 200, example: 'sma(20),rsi(14)' })
  indicators?: string;

  @Arg.limit(LIMITS.page)
  first: number | 'all';

  @Arg.token()
  after?: string;
}

/** Arguments of a list of bars of several symbols; REST only. */
export class BarsOfArgs extends BarsArgs {
  @Arg.list('The symbols; the rows come symbol by symbol, in alphabetical order.', {
    max: LIMITS.exportSymbols,
    length: LIMITS.symbolLength,
    restOnly: true,
    required: true,
    example: ['AAPL', 'MSFT'],
  })
  symbols: string[];
}
