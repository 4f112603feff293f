import { ArgsType, ObjectType } from '@nestjs/graphql';
import { Arg } from '../common/args.js';
import { Connection } from '../common/connection.js';
import { LIMITS } from '../common/limits.js';
import { Wire } from '../common/wire.js';

/** A symbol and the days of its history. */
@ObjectType('Symbol', { description: 'A symbol and the days of its history.' })
export class MarketSymbol {
  @Wire('text', 'The symbol, as the pipeline writes it.')
  symbol: string;

  @Wire('day', 'First day that has a bar.', { nullable: true })
  firstDay: string | null;

  @Wire('day', 'Last day that has a bar.', { nullable: true })
  lastDay: string | null;

  @Wire('integer', 'Number of days that have a bar.', { nullable: true })
  days: number | null;
}

/** A page of symbols. */
@ObjectType({ description: 'A page of symbols.' })
export class SymbolConnection extends Connection(MarketSymbol, 'Symbol') {}

/** Arguments of the list of symbols. */
@ArgsType()
export class SymbolsArgs {
  @Arg.text('Only symbols that contain this, whatever its case.', { max: LIMITS.symbolLength })
  search?: string;

  @Arg.limit(LIMITS.directoryPage)
  first: number;

  @Arg.text('Where the page before ended.', { rest: 'page_token' })
  after?: string;
}
