import { ArgsType, Field, ObjectType } from '@nestjs/graphql';
import { Arg } from '../../contract/args.js';
import { WindowConnection } from '../../contract/relay.js';
import { DateTimeScalar } from '../../contract/scalars.js';
import { LIMITS } from '../../base/limits.js';
import { RowsArgs } from '../../contract/output.args.js';
import { Wire } from '../../contract/wire.js';

/** How many symbols rose and fell in a session of the market. */
@ObjectType({ description: 'How many symbols rose and fell in a session of the market.' })
export class BreadthDay {
  @Wire('day', 'The session: a day on which at least half of the active symbols have a bar.')
  day: string;

  @Wire('integer', 'Symbols that have a bar.')
  symbols: number;

  @Wire('integer', 'Symbols whose close is above that of their bar before.')
  advancers: number;

  @Wire('integer', 'Symbols whose close is below that of their bar before.')
  decliners: number;

  @Wire('integer', 'Symbols whose close is that of their bar before.')
  unchanged: number;

  @Wire('integer', 'Advancers − decliners, added up from the first day of the window on.')
  adLine: number;

  @Wire('integer', 'Symbols whose high is the highest of 52 weeks; those listed for less are left out.')
  newHighs: number;

  @Wire('integer', 'Symbols whose low is the lowest of 52 weeks; those listed for less are left out.')
  newLows: number;

  @Wire('integer', 'Symbols whose close is above the mean of their last 200 closes.')
  aboveSma200: number;

  @Wire('integer', 'Symbols that have 200 closes in the 400 days before.')
  withSma200: number;

  @Wire('float', 'above_sma_200 / with_sma_200; null where no symbol has such a mean.', { nullable: true })
  shareAboveSma200: number | null;
}

/** A page of breadth. */
@ObjectType({ description: 'A page of breadth, day by day.' })
export class BreadthConnection extends WindowConnection(BreadthDay, 'Breadth') {
  @Field(() => DateTimeScalar, { description: 'Up to when the counts are known to be as the database has them.' })
  asOf: string;
}

/** Arguments of breadth. */
@ArgsType()
export class BreadthArgs extends RowsArgs {
  @Arg.time('First day, UTC. Default: 90 days before the end.')
  start?: string;

  @Arg.time('Last day, UTC, included; an instant is exclusive. Default: the newest day of the market.')
  end?: string;

  @Arg.limit(LIMITS.page)
  first: number | 'all';

  @Arg.token()
  after?: string;
}
