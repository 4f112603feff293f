import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';
import { LIMITS } from '../../base/limits.js';
import { Arg } from '../../contract/args.js';
import { DateTimeScalar } from '../../contract/scalars.js';
import { Numbers } from '../../sql/format.js';
import { Bar } from './bars.model.js';
import type { SkipReason } from './live-updates.js';

/** Arguments of what tells of new bars. */
@ArgsType()
export class LiveArgs {
  @Arg.list('The symbols.', {
    max: LIMITS.latestSymbols,
    length: LIMITS.symbolLength,
    required: true,
    example: ['AAPL', 'MSFT'],
  })
  symbols: string[];

  @Arg.list('Columns to send, in this order.', { restOnly: true, max: 40, length: 40, example: ['symbol'] })
  fields?: string[];

  @Arg.choice('Decimals and big integers as exact number literals, or as strings.', Numbers, {
    restOnly: true,
    default: Numbers.NUMBER,
  })
  numbers: Numbers;
}

/** What a listener was not sent of some symbols. */
@ObjectType({ description: 'What was not sent of some symbols.' })
export class SkippedUpdates {
  @Field(() => [String], { description: 'The symbols.' })
  symbols: string[];

  @Field(() => String, {
    description:
      'overwritten: versions of their bars may have been written over unseen; too_many: more new bars at once than are sent; removed: their bars were deleted.',
  })
  reason: SkipReason;

  @Field(() => Int, { nullable: true, description: 'Of overwritten versions: each symbol has no more than so many.' })
  atMost?: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Of too many bars: they begin after this instant.' })
  after?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Of too many bars: they begin before this instant.' })
  before?: string | null;
}

/** Something that a listener is told: one of its fields is there, none where the database can be read again. */
@ObjectType({ description: 'One of these is there; none where the database can be read again.' })
export class LatestUpdate {
  @Field(() => Bar, { nullable: true, description: 'The newest bar of a symbol.' })
  bar: Bar | null = null;

  @Field(() => SkippedUpdates, { nullable: true, description: 'What was not sent.' })
  skipped: SkippedUpdates | null = null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'The database cannot be read since this instant.' })
  staleSince: string | null = null;
}
