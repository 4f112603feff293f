import { Controller, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Answer } from '../../rest/answer.js';
import { Cache } from '../../contract/caching.js';
import { META } from '../../rest/openapi-schemas.js';
import { queryOf } from '../../contract/output.args.js';
import { RestArgs, Route, SYMBOL } from '../../rest/route.js';
import { rowsAnswer } from '../../rest/rows.js';
import { echoDays } from '../../lists/window.js';
import { snakeKeys } from '../../contract/wire.js';
import { Freshness } from './daily.model.js';
import { daysOfAll } from './directory.js';
import { QualityArgs, QualityFinding } from './quality.model.js';
import { QualityQueries } from './quality.queries.js';
import { SymbolDirectory } from './symbol-directory.js';

/** What is suspect of a symbol, over REST. */
@ApiTags('market data')
@Controller('v1/market-data/quality')
export class QualityController {
  constructor(
    private readonly quality: QualityQueries,
    private readonly directory: SymbolDirectory,
  ) {}

  @Route(':symbol', {
    id: 'listFindings',
    summary: 'What is suspect of the bars of a symbol',
    description: 'Judged against the days around and the median of the market. Nothing is repaired.',
    args: QualityArgs,
    model: QualityFinding,
    shape: 'list',
    meta: { market_symbols: META.count, freshness: Freshness, first_day: META.day, last_day: META.day },
    path: SYMBOL,
  })
  async list(@Param('symbol') symbol: string, @RestArgs() args: QualityArgs): Promise<Answer> {
    const row = await this.directory.require(symbol);
    const { findings, marketSymbols, window, freshness } = await this.quality.of(row, args);
    const meta = {
      query: { symbol, ...queryOf(QualityArgs, args, echoDays(window)) },
      market_symbols: marketSymbols,
      freshness: snakeKeys(freshness),
      ...daysOfAll([row]),
    };
    const options = { args, model: QualityFinding, meta, cache: Cache.DEFAULT, fileName: `quality-${symbol}` };
    return rowsAnswer(findings, options);
  }
}
