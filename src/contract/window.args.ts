import { ArgsType } from '@nestjs/graphql';
import { Arg } from './args.js';
import type { RowsArgs } from './output.args.js';

/** Arguments of a list of rows inside a window: which window, and which page of it. */
interface WindowFields {
  start?: string;
  end?: string;
  first: number | 'all';
  after?: string;
}

/**
 * The arguments of a list of rows inside a window, beside those of how its rows are sent.
 *
 * @param base   how its rows are sent
 * @param start  what the window begins with when no start is given, such as `30 days before the newest article`
 * @param end    the same for its end
 */
export function WindowArgs<Base extends RowsArgs>(
  base: new () => Base,
  { start, end, limit }: { start: string; end: string; limit: { default: number; max: number } },
): new () => Base & WindowFields {
  @ArgsType()
  class Args extends (base as new () => RowsArgs) implements WindowFields {
    @Arg.time(`First instant, inclusive. Default: ${start}.`)
    start?: string;

    @Arg.time(`Last day, included whole, or an instant, exclusive. Default: ${end}.`)
    end?: string;

    @Arg.limit(limit)
    first: number | 'all';

    @Arg.token()
    after?: string;
  }
  return Args as new () => Base & WindowFields;
}
