import { Controller, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Cache } from '../../contract/caching.js';
import { queryOf } from '../../contract/output.args.js';
import { snakeKeys, snakeTree } from '../../contract/wire.js';
import { echoDays } from '../../lists/window.js';
import { type Answer, objectAnswer } from '../../rest/answer.js';
import { META } from '../../rest/openapi-schemas.js';
import { RestArgs, Route, SYMBOL } from '../../rest/route.js';
import { Freshness } from './daily.model.js';
import { StatisticsArgs, SymbolStatistics } from './statistics.model.js';
import { StatisticsQueries } from './statistics.queries.js';
import { SymbolDirectory } from './symbol-directory.js';

/** Statistics over REST. */
@ApiTags('market data')
@Controller('v1/market-data/statistics')
export class StatisticsController {
  constructor(
    private readonly statistics: StatisticsQueries,
    private readonly directory: SymbolDirectory,
  ) {}

  @Route(':symbol', {
    id: 'getStatistics',
    summary: 'Returns, volatility, drawdowns, calendar years and months of a symbol',
    description: 'Of its closes in the window. A calendar period counts from the last close before it.',
    args: StatisticsArgs,
    model: SymbolStatistics,
    shape: 'object',
    meta: { freshness: Freshness, first_day: META.day, last_day: META.day },
    path: SYMBOL,
  })
  async get(@Param('symbol') symbol: string, @RestArgs() args: StatisticsArgs): Promise<Answer> {
    const row = await this.directory.require(symbol);
    const [report] = await this.statistics.of([row], args);
    const { window, freshness, ...statistics } = report!;
    const meta = {
      query: { symbol, ...queryOf(StatisticsArgs, args, echoDays(window)) },
      freshness: snakeKeys(freshness!),
      first_day: row.firstDay,
      last_day: row.lastDay,
    };
    return objectAnswer(JSON.stringify(snakeTree(statistics)), meta, Cache.DEFAULT);
  }
}
