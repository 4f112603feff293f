import { Controller, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Answer, Cache, objectAnswer } from '../common/answer.js';
import { NoArgs } from '../common/args.js';
import { queryOf } from '../common/output.args.js';
import { RestArgs, Route } from '../common/rest.js';
import { wireJson } from '../common/wire.js';
import { JSON_BETWEEN } from '../database/render.js';
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
    summary: 'Symbols, the days of their history and what their bars are',
    args: SymbolsArgs,
    model: MarketSymbol,
    shape: 'page',
  })
  async list(@RestArgs() args: SymbolsArgs): Promise<Answer> {
    const page = await this.symbols.page(args, 'page_token');
    const data = `[${(await this.symbols.describe(page.nodes)).map(symbolJson).join(JSON_BETWEEN)}]`;
    const meta = { query: queryOf(SymbolsArgs, args) };
    return objectAnswer(data, meta, Cache.OPEN, [data], page.hasNextPage ? page.endCursor : null);
  }

  @Route(':symbol', {
    summary: 'One symbol, the days of its history and what its bars are',
    args: NoArgs,
    model: MarketSymbol,
    shape: 'object',
    path: { symbol: 'The symbol, percent-encoded where it has to be.' },
  })
  async get(@Param('symbol') symbol: string, @RestArgs() args: NoArgs): Promise<Answer> {
    const [found] = await this.symbols.describe([await this.directory.require(symbol)]);
    return objectAnswer(symbolJson(found!), { query: { symbol, ...queryOf(NoArgs, args) } }, Cache.OPEN);
  }
}

function symbolJson(symbol: MarketSymbol): string {
  const { timeframes, sources } = symbol;
  return `${wireJson(MarketSymbol, symbol).slice(0, -1)},${JSON.stringify({ timeframes, sources }).slice(1)}`;
}
