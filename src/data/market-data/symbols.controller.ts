import { Controller, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Answer } from '../../rest/answer.js';
import { Cache } from '../../contract/caching.js';
import { queryOf, RowsArgs } from '../../contract/output.args.js';
import { RestArgs, Route, SYMBOL } from '../../rest/route.js';
import { rowAnswer, rowsAnswer } from '../../rest/rows.js';
import { SymbolDirectory } from './symbol-directory.js';
import { MarketSymbol, SymbolsArgs } from './symbols.model.js';
import { SymbolsQueries } from './symbols.queries.js';

/** The symbols over REST. */
@ApiTags('market data')
@Controller('v1/market-data/symbols')
export class SymbolsController {
  constructor(
    private readonly symbols: SymbolsQueries,
    private readonly directory: SymbolDirectory,
  ) {}

  @Route('', {
    id: 'listSymbols',
    summary: 'Symbols, the days of their history and what their bars are',
    args: SymbolsArgs,
    model: MarketSymbol,
    shape: 'page',
  })
  async list(@RestArgs() args: SymbolsArgs): Promise<Answer> {
    const page = await this.symbols.page(args, 'page_token');
    const meta = { query: queryOf(SymbolsArgs, args) };
    const options = {
      args,
      model: MarketSymbol,
      meta,
      cache: Cache.DEFAULT,
      fileName: 'symbols',
      token: page.nextPageToken,
    };
    return rowsAnswer(await this.symbols.describe(page.nodes), options);
  }

  @Route(':symbol', {
    id: 'getSymbol',
    summary: 'One symbol, the days of its history and what its bars are',
    args: RowsArgs,
    model: MarketSymbol,
    shape: 'object',
    path: SYMBOL,
  })
  async get(@Param('symbol') symbol: string, @RestArgs() args: RowsArgs): Promise<Answer> {
    const [found] = await this.symbols.describe([await this.directory.require(symbol)]);
    const meta = { query: { symbol } };
    return rowAnswer(found!, { args, model: MarketSymbol, meta, cache: Cache.DEFAULT, fileName: `symbol-${symbol}` });
  }
}
