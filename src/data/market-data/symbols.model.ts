import { ArgsType, ObjectType } from '@nestjs/graphql';
import { Arg } from '../../contract/args.js';
import { Connection } from '../../contract/relay.js';
import { LIMITS } from '../../base/limits.js';
import { RowsArgs } from '../../contract/output.args.js';
import { Wire } from '../../contract/wire.js';

/** A symbol and the days of its history. */
@ObjectType('Symbol', { description: 'A symbol and the days of its history.' })
export class MarketSymbol {
  @Wire('text', 'The symbol, as the pipeline writes it.')
  symbol: string;

  @Wire('day', 'First day that has a bar.', { nullable: true })
  firstDay: string | null;

  @Wire('day', 'Last day that has a bar.', { nullable: true })
  lastDay: string | null;

  @Wire('day', 'Last day that has a bar and is not after today; default windows count back from it.', {
    nullable: true,
  })
  newestDay: string | null;

  @Wire('integer', 'Number of days that have a bar.', { nullable: true })
  days: number | null;

  @Wire(
    'boolean',
    'Whether it trades on weekends as on other days, so that its calendar is `all`; null with few days.',
    {
      nullable: true,
    },
  )
  isContinuous: boolean | null;

  @Wire('boolean', 'Whether it has no bar in the two weeks before the newest day of the market.')
  hasEnded: boolean;

  @Wire('integer', 'Digits after the decimal point that its prices need, as its last bars of each year show.', {
    nullable: true,
  })
  priceDecimals: number | null;

  @Wire('texts', 'Timeframes of its bars, as its last bars of each year show, in alphabetical order.')
  timeframes: string[];

  @Wire('texts', 'Sources of its bars, as its last bars of each year show, in alphabetical order.')
  sources: string[];

  @Wire('instant', 'When timeframes, sources and decimals were read; at most ten minutes ago.')
  asOf: string;
}

/** A page of symbols. */
@ObjectType({ description: 'A page of symbols.' })
export class SymbolConnection extends Connection(MarketSymbol, 'Symbol') {}

/** Arguments of the list of symbols. */
@ArgsType()
export class SymbolsArgs extends RowsArgs {
  @Arg.text('Only symbols that contain this, whatever its case.', { max: LIMITS.symbolLength, example: 'sp' })
  search?: string;

  @Arg.limit(LIMITS.directoryPage)
  first: number | 'all';

  @Arg.token()
  after?: string;
}
