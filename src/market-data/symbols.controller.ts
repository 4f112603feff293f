import { Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Answer, Cache, objectAnswer } from '../common/answer.js';
import { queryOf } from '../common/output.args.js';
import { RestArgs, Route } from '../common/rest.js';
import { wireJson } from '../common/wire.js';
import { JSON_BETWEEN } from '../database/render.js';
import { MarketSymbol, SymbolsArgs } from './symbols.model.js';
import { SymbolsQueries } from './symbols.queries.js';

/** The symbols over REST. */
@ApiTags('market data')
@Controller('v1/market-data/symbols')
export class SymbolsController {
  constructor(private readonly symbols: SymbolsQueries) {}

  @Route('', {
    summary: 'Symbols and the days of their history',
    args: SymbolsArgs,
    model: MarketSymbol,
    shape: 'page',
  })
  async list(@RestArgs() args: SymbolsArgs): Promise<Answer> {
    const page = await this.symbols.page(args, 'page_token');
    const data = `[${page.nodes.map((row) => wireJson(MarketSymbol, row)).join(JSON_BETWEEN)}]`;
    const meta = { query: queryOf(SymbolsArgs, args) };
    return objectAnswer(data, meta, Cache.OPEN, [data], page.hasNextPage ? page.endCursor : null);
  }
}
