import { Controller, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Answer, cacheOf, objectAnswer } from '../common/answer.js';
import { ApiError } from '../common/errors.js';
import { LIMITS } from '../common/limits.js';
import { queryOf } from '../common/output.args.js';
import { RestArgs, Route } from '../common/rest.js';
import { echoDays } from '../common/window.js';
import { snakeKeys, wireJson } from '../common/wire.js';
import { JSON_BETWEEN } from '../database/render.js';
import { Coverage, CoverageArgs, Gap, GapsArgs } from './gaps.model.js';
import { GapsQueries } from './gaps.queries.js';
import { SymbolDirectory } from './symbol-directory.js';

/** Gaps and coverage over REST. */
@ApiTags('market data')
@Controller('v1/market-data/gaps')
export class GapsController {
  constructor(
    private readonly gaps: GapsQueries,
    private readonly directory: SymbolDirectory,
  ) {}

  @Route(':symbol', {
    summary: 'Days of a symbol that ought to have a bar and have none',
    description: 'Runs of missing days with the reason; today is never one. `meta` says how complete the window is.',
    args: GapsArgs,
    model: Gap,
    shape: 'list',
    path: { symbol: 'The symbol, percent-encoded where it has to be.' },
  })
  async report(@Param('symbol') symbol: string, @RestArgs() args: GapsArgs): Promise<Answer> {
    const { rows, window, freshness } = await this.gaps.find([await this.directory.require(symbol)], args, 'name');
    const { gaps, excluded, calendar, expectedDays, presentDays, coverage, firstDay, lastDay } = rows[0]!;
    const meta = {
      query: { symbol, ...queryOf(GapsArgs, args, echoDays(window)) },
      ...snakeKeys({ calendar, expectedDays, presentDays, coverage, firstDay, lastDay }),
      ...(calendar === args.calendar
        ? {}
        : { note: 'Fewer than three other symbols are active here, so weekdays are expected.' }),
      excluded: JSON.parse(excluded) as unknown,
      freshness: snakeKeys(freshness),
    };
    return objectAnswer(gaps, meta, cacheOf(window));
  }

  @Route('', {
    summary: 'How complete the days of each symbol are',
    args: CoverageArgs,
    model: Coverage,
    shape: 'list',
  })
  async coverage(@RestArgs() args: CoverageArgs): Promise<Answer> {
    const { rows: symbols, unknown } = args.symbols
      ? await this.directory.resolve(args.symbols)
      : { rows: await this.directory.all(), unknown: [] };
    if (symbols.length > LIMITS.exportSymbols) {
      throw new ApiError('limit_exceeded', `There are more than ${LIMITS.exportSymbols} symbols; name those wanted.`, {
        param: 'symbols',
      });
    }
    const { rows, window, freshness } = await this.gaps.find(symbols, args, 'name');
    const data = `[${rows.map((row) => wireJson(Coverage, row)).join(JSON_BETWEEN)}]`;
    const meta = {
      query: queryOf(CoverageArgs, args, echoDays(window)),
      unknown,
      freshness: snakeKeys(freshness),
    };
    return objectAnswer(data, meta, cacheOf(window), [data, ...unknown]);
  }
}
