import { Controller, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Answer, cacheOf, objectAnswer } from '../common/answer.js';
import { queryOf } from '../common/output.args.js';
import { RestArgs, Route } from '../common/rest.js';
import { echoDays } from '../common/window.js';
import { snakeKeys, wireJson } from '../common/wire.js';
import { JSON_BETWEEN } from '../database/render.js';
import { Coverage, CoverageArgs, Gap, GapsArgs } from './gaps.model.js';
import { excludedOf, GapsQueries } from './gaps.queries.js';
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
    const found = await this.gaps.find([await this.directory.require(symbol)], args, 'name');
    const [row] = found.rows;
    const { gaps, calendar, expectedDays, presentDays, coverage, firstDay, lastDay } = row!;
    const excluded = excludedOf(row!, found.days);
    const meta = {
      query: { symbol, ...queryOf(GapsArgs, args, echoDays(found.window)) },
      ...snakeKeys({ calendar, expectedDays, presentDays, coverage, firstDay, lastDay }),
      ...(calendar === args.calendar
        ? {}
        : { note: 'Fewer than three other symbols are active here, so weekdays are expected.' }),
      excluded,
      ...(calendar === 'xnys' ? { half_days: found.days.halfDays } : {}),
      freshness: snakeKeys(found.freshness),
    };
    return objectAnswer(gaps, meta, cacheOf(found.window));
  }

  @Route('', {
    summary: 'How complete the days of each symbol are',
    args: CoverageArgs,
    model: Coverage,
    shape: 'page',
  })
  async coverage(@RestArgs() args: CoverageArgs): Promise<Answer> {
    const { rows: symbols, unknown } = args.symbols
      ? await this.directory.resolve(args.symbols)
      : { rows: await this.directory.all(), unknown: [] };
    const { page, window, freshness } = await this.gaps.coverage(symbols, args);
    const data = `[${page.nodes.map((row) => wireJson(Coverage, row)).join(JSON_BETWEEN)}]`;
    const meta = {
      query: queryOf(CoverageArgs, args, echoDays(window)),
      unknown,
      freshness: snakeKeys(freshness),
    };
    const token = page.hasNextPage ? page.endCursor : null;
    return objectAnswer(data, meta, cacheOf(window), [data, ...unknown], token);
  }
}
