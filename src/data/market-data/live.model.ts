import { ArgsType } from '@nestjs/graphql';
import { LIMITS } from '../../base/limits.js';
import { Arg } from '../../contract/args.js';
import { Numbers } from '../../sql/format.js';

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
