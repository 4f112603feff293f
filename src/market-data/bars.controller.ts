import { Controller, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Answer, Cache, cacheOf, objectAnswer } from '../common/answer.js';
import { Lists } from '../common/lists.js';
import { queryOf } from '../common/output.args.js';
import { RestArgs, Route } from '../common/rest.js';
import { echoWindow } from '../common/window.js';
import { JSON_BETWEEN } from '../database/render.js';
import { now, parseInstant } from '../database/time.js';
import { Bar, BarsArgs, BarsOfArgs, LatestArgs, LatestOfArgs } from './bars.model.js';
import { BarsQueries, type BarText } from './bars.queries.js';
import type { DirectoryRow } from './directory.js';
import { SymbolDirectory } from './symbol-directory.js';

/** Bars over REST. */
@ApiTags('market data')
@Controller('v1/market-data')
export class BarsController {
  constructor(
    private readonly bars: BarsQueries,
    private readonly directory: SymbolDirectory,
    private readonly lists: Lists,
  ) {}

  @Route('latest/:symbol', {
    summary: 'The newest bar of a symbol, whatever its age',
    args: LatestArgs,
    model: Bar,
    shape: 'object',
    path: { symbol: 'The symbol, percent-encoded where it has to be.' },
  })
  async latest(@Param('symbol') symbol: string, @RestArgs() args: LatestArgs): Promise<Answer> {
    await this.directory.require(symbol);
    const bar = (await this.bars.latestText([symbol], args)).get(symbol);
    const meta = { query: { symbol, ...queryOf(LatestArgs, args) }, age_seconds: bar ? age(bar) : null };
    return objectAnswer(bar?.text ?? 'null', meta, Cache.LATEST);
  }

  @Route('latest', {
    summary: 'The newest bars of several symbols, in the order of the request',
    args: LatestOfArgs,
    model: Bar,
    shape: 'list',
  })
  async latestOf(@RestArgs() args: LatestOfArgs): Promise<Answer> {
    const symbols = [...new Set(args.symbols)];
    const { unknown } = await this.directory.resolve(symbols);
    const bars = await this.bars.latestText(symbols, args);
    const data = symbols.flatMap((symbol) => bars.get(symbol)?.text ?? []);
    const meta = {
      query: queryOf(LatestOfArgs, args, { symbols }),
      unknown,
      without_bar: symbols.filter((symbol) => !bars.has(symbol) && !unknown.includes(symbol)),
    };
    return objectAnswer(`[${data.join(JSON_BETWEEN)}]`, meta, Cache.LATEST);
  }

  @Route('bars/:symbol', {
    summary: 'Bars of a symbol, as they were written',
    args: BarsArgs,
    model: Bar,
    shape: 'page',
    path: { symbol: 'The symbol, percent-encoded where it has to be.' },
  })
  async list(@Param('symbol') symbol: string, @RestArgs() args: BarsArgs): Promise<Answer> {
    return this.#answer([await this.directory.require(symbol)], args, { symbol, ...queryOf(BarsArgs, args) });
  }

  @Route('bars', {
    summary: 'Bars of several symbols, symbol by symbol in alphabetical order',
    description: 'The limit counts rows over all symbols. Those that do not exist are in `meta.unknown`.',
    args: BarsOfArgs,
    model: Bar,
    shape: 'page',
  })
  async listOf(@RestArgs() args: BarsOfArgs): Promise<Answer> {
    const { rows, unknown } = await this.directory.resolve(args.symbols);
    const query = queryOf(BarsOfArgs, args, { symbols: rows.map((row) => row.symbol) });
    return this.#answer(rows, args, query, { unknown });
  }

  async #answer(
    rows: DirectoryRow[],
    args: BarsArgs,
    query: Record<string, unknown>,
    more: Record<string, unknown> = {},
  ): Promise<Answer> {
    const list = await this.bars.list(rows, args);
    const meta = {
      query: { ...query, ...echoWindow(list.window) },
      ...more,
      first_day: rows.reduce((day, row) => (row.firstDay < day ? row.firstDay : day), rows[0]!.firstDay),
      last_day: rows.reduce((day, row) => (row.lastDay > day ? row.lastDay : day), rows[0]!.lastDay),
    };
    const fileName = `bars-${rows.length === 1 ? rows[0]!.symbol : 'symbols'}`;
    return this.lists.answer(list, { args, model: Bar, meta, cache: cacheOf(list.window), fileName });
  }
}

function age(bar: BarText): number {
  return Math.max(0, Math.floor(Number(now() - parseInstant(bar.timestamp)!) / 1e6));
}
