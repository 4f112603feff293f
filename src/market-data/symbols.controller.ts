import { Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Answer, Cache, objectAnswer } from '../common/answer.js';
import { queryOf } from '../common/output.args.js';
import { RestArgs, Route } from '../common/rest.js';
import { wireJson } from '../common/wire.js';
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
    const data = `[${page.nodes.map((row) => wireJson(MarketSymbol, row)).join(',')}]`;
    const meta = { query: queryOf(SymbolsArgs, args) };
    const answer = objectAnswer(data, meta, Cache.OPEN);
    const token = page.hasNextPage ? page.pageInfo.endCursor : null;
    return {
      ...answer,
      body: `${(answer.body as string).slice(0, -1)},"next_page_token":${JSON.stringify(token)}}`,
      headers: { 'x-next-page-token': token ?? undefined },
    };
  }
}
