import { ArgsType, Field, Float, ObjectType } from '@nestjs/graphql';
import { Arg } from '../../contract/args.js';
import { ColumnsOf, WindowConnection } from '../../contract/relay.js';
import { Layout } from '../../contract/layout.js';
import { LIMITS } from '../../base/limits.js';
import { OutputArgs } from '../../contract/output.args.js';
import { SortDirection } from '../../contract/sort.js';
import { Wire } from '../../contract/wire.js';
import { INDICATORS } from '../derived/indicators.js';

/** Digits of an average of prices that have eight decimals: PostgreSQL keeps sixteen significant ones at least. */
export const DIGITS_OF_AVERAGES = [38, 24] as const;

/** All bars of one symbol on one UTC day, added up as `market_data.ohlcv_daily` does. */
@ObjectType({ description: 'All bars of one symbol on one UTC day, added up as market_data.ohlcv_daily does.' })
export class DailyBar {
  @Wire('text', 'The symbol.')
  symbol: string;

  @Wire('day', 'The UTC day.')
  day: string;

  @Wire('decimal', 'Open of the first bar.')
  open: string | null;

  @Wire('decimal', 'Highest high.')
  high: string | null;

  @Wire('decimal', 'Lowest low.')
  low: string | null;

  @Wire('decimal', 'Close of the last bar.')
  close: string | null;

  @Wire('bigint', 'Sum of the volumes.')
  volume: string;

  @Wire('decimal', 'Plain average of the vwaps of the bars that have one; not weighted by volume.', {
    digits: DIGITS_OF_AVERAGES,
  })
  vwap: string | null;

  @Wire('boolean', 'Whether the day is not over yet.')
  isPartial: boolean;
}

/** How fresh and complete the daily aggregate is. */
@ObjectType({ description: 'How fresh and complete the daily aggregate is.' })
export class Freshness {
  @Wire('instant', 'Where the stored aggregate ends, exclusive; null where nothing is stored.', { nullable: true })
  materializedThrough: string | null;

  @Wire('boolean', 'Whether the database itself adds the bars after that. This API adds them in any case.')
  realTime: boolean;

  @Wire('instant', 'When the refresh policy last succeeded; null when it never did.', { nullable: true })
  lastRefreshAt: string | null;

  @Wire(
    'boolean',
    'Whether the stored aggregate has all bars of the window that lie before its end. What it lacks is computed from the bars.',
  )
  historyComplete: boolean;

  @Wire('instant', 'When this was read, at most two seconds before the answer was made; rows are no older.')
  asOf: string;

  @Wire('text', 'Why stored days are not used, or what is missing; else null.', { nullable: true })
  note: string | null;
}

/** The values of an indicator beside the daily bars of a page. */
@ObjectType({ description: 'The values of an indicator beside the daily bars of a page.' })
export class IndicatorColumn {
  @Field(() => String, { description: 'Its name, such as sma_20.' })
  name: string;

  @Field(() => [Float], {
    nullable: 'items',
    description: 'A value for each bar, in their order; null where there is none yet.',
  })
  values: readonly (number | null)[];
}

/** Which indicators are asked for. */
@ArgsType()
export class IndicatorsArgs {
  @Arg.text(`Such as "sma(20), macd(12,26,9)". There are: ${INDICATORS.join(', ')}.`, { max: 200, required: true })
  of: string;
}

const DailyBarColumns = ColumnsOf(DailyBar, 'DailyBar');

/** A page of daily bars. */
@ObjectType({ description: 'A page of daily bars.' })
export class DailyBarConnection extends WindowConnection(DailyBar, 'DailyBar') {
  @Field(() => DailyBarColumns, { description: 'The same bars as one array per column.' })
  columns: Record<string, unknown[]>;

  @Field(() => Freshness, {
    nullable: true,
    description: 'How fresh and complete the aggregate is; null, with an error, where that cannot be told.',
  })
  freshness: Freshness | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Of the symbols that were named, those that do not exist; null where none was.',
  })
  unknown?: string[] | null;
}

/** What `indicators` are. */
export const INDICATORS_OF_BARS = `Columns beside bars of one length, of: ${INDICATORS.join(', ')}.`;

/** What `updated_after` does to the default window. */
export const UPDATED_AFTER = 'Newest first, the window is then the default one, too.';

/** Arguments of a list of daily bars of one symbol. */
@ArgsType()
export class DailyArgs extends OutputArgs {
  @Arg.day('First day. Default: 365 days before the newest; newest first, as far back as the page reaches.')
  start?: string;

  @Arg.day('Last day, included. Default: the newest.')
  end?: string;

  @Arg.time(`Only days of which a stored bar was written after this instant. ${UPDATED_AFTER}`)
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

const LIST_OF_SYMBOLS = { max: LIMITS.exportSymbols, length: LIMITS.symbolLength, example: ['AAPL', 'MSFT'] };

/** Arguments of the whole market on one day. */
@ArgsType()
export class MarketDayArgs extends OutputArgs {
  @Arg.day('The day.', { required: true })
  date: string;

  @Arg.list('Only these symbols.', LIST_OF_SYMBOLS)
  symbols?: string[];

  @Arg.limit(LIMITS.page)
  first: number | 'all';

  @Arg.token()
  after?: string;
}

/** Arguments of a list of daily bars of several symbols. */
@ArgsType()
export class DailyOfArgs extends DailyArgs {
  @Arg.list('The symbols; the rows come symbol by symbol, in alphabetical order.', {
    ...LIST_OF_SYMBOLS,
    required: true,
  })
  symbols: string[];
}

/** What can stand side by side. */
export const DailyField = {
  OPEN: 'open',
  HIGH: 'high',
  LOW: 'low',
  CLOSE: 'close',
  VOLUME: 'volume',
  VWAP: 'vwap',
} as const;
export type DailyField = (typeof DailyField)[keyof typeof DailyField];

/** Arguments of daily bars over REST: of the whole market on one day, or of several symbols over a window. */
export class DailyOrMarketDayArgs extends DailyArgs {
  @Arg.day('The day of which the whole market is listed; without it, a window of the symbols.', { restOnly: true })
  date?: string;

  @Arg.list('The symbols; the rows come symbol by symbol, in alphabetical order. With date, only these.', {
    ...LIST_OF_SYMBOLS,
    restOnly: true,
  })
  symbols?: string[];

  @Arg.choice('long: a row for each symbol and day. wide: a row for each day, a column for each symbol.', Layout, {
    restOnly: true,
    default: Layout.LONG,
  })
  layout: Layout;

  @Arg.choice('With layout=wide, what its columns hold.', DailyField, { restOnly: true, default: DailyField.CLOSE })
  field: DailyField;
}

/** A day of several symbols, side by side: its other columns are named by them. */
export class WideDay {
  @Wire('day', 'The UTC day.')
  day: string;
}
