import { Controller, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Answer } from '../../rest/answer.js';
import { ListAnswers } from '../../rest/list-answers.js';
import { META } from '../../rest/openapi-schemas.js';
import { queryOf } from '../../contract/output.args.js';
import { RestArgs, Route, SYMBOL } from '../../rest/route.js';
import { echoDays } from '../../lists/window.js';
import { snakeKeys } from '../../contract/wire.js';
import { DailyArgs, DailyBar, Freshness, MarketDayArgs } from './daily.model.js';
import { DailyQueries } from './daily.queries.js';
import { SymbolDirectory } from './symbol-directory.js';

/** Daily bars over REST. */
@ApiTags('market data')
@Controller('v1/market-data/daily')
export class DailyController {
  constructor(
    private readonly daily: DailyQueries,
    private readonly directory: SymbolDirectory,
    private readonly lists: ListAnswers,
  ) {}

  @Route(':symbol', {
    id: 'listDailyBars',
    summary: 'Daily bars of a symbol, from the continuous aggregate',
    description: 'Days that the aggregate lacks are computed from the bars; `meta.freshness` says how it stands.',
    args: DailyArgs,
    model: DailyBar,
    shape: 'page',
    meta: { freshness: Freshness, first_day: META.day, last_day: META.day },
    path: SYMBOL,
  })
  async list(@Param('symbol') symbol: string, @RestArgs() args: DailyArgs): Promise<Answer> {
    const row = await this.directory.require(symbol);
    const list = await this.daily.list(row, args);
    const meta = {
      query: { symbol, ...queryOf(DailyArgs, args, echoDays(list.window)) },
      freshness: snakeKeys(list.freshness),
      first_day: row.firstDay,
      last_day: row.lastDay,
    };
    return this.lists.answer(list, {
      args,
      model: DailyBar,
      meta,
      fileName: `daily-${symbol}`,
    });
  }

  @Route('', {
    id: 'listMarketDay',
    summary: 'The daily bars of the whole market on one day',
    description: 'Of those in `symbols`, the ones that do not exist are in `meta.unknown`.',
    args: MarketDayArgs,
    model: DailyBar,
    shape: 'page',
    meta: { freshness: Freshness, unknown: META.unknown },
  })
  async marketDay(@RestArgs() args: MarketDayArgs): Promise<Answer> {
    const { date, symbols } = args;
    const { unknown } = symbols ? await this.directory.resolve(symbols) : { unknown: [] };
    const list = await this.daily.marketDay(args, 'page_token');
    const meta = {
      query: queryOf(MarketDayArgs, args),
      unknown,
      freshness: snakeKeys(list.freshness),
    };
    return this.lists.answer(list, {
      args,
      model: DailyBar,
      meta,
      fileName: `daily-${date}`,
    });
  }
}
