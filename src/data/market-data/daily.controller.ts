import { Controller, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiError, invalid } from '../../base/errors.js';
import { LIMITS } from '../../base/limits.js';
import type { Answer, ListMeta } from '../../rest/answer.js';
import { partsAnswer } from '../../rest/rows.js';
import { Cache } from '../../contract/caching.js';
import { Layout, rowsOfWide, wideColumns } from '../../contract/layout.js';
import { ListAnswers } from '../../rest/list-answers.js';
import { META } from '../../rest/openapi-schemas.js';
import { INDICATOR_META } from './indicator-meta.js';
import { queryOf } from '../../contract/output.args.js';
import { nameOf } from '../../contract/args.js';
import { RestArgs, Route, SYMBOL } from '../../rest/route.js';
import { echoDays } from '../../lists/window.js';
import { snakeKeys } from '../../contract/wire.js';
import {
  DailyArgs,
  DailyBar,
  DailyField,
  DailyOrMarketDayArgs,
  DIGITS_OF_AVERAGES,
  Freshness,
  WideDay,
} from './daily.model.js';
import { type DailyList, DailyQueries } from './daily.queries.js';
import { IndicatorRows } from './indicator-rows.js';
import { daysOfAll, type DirectoryRow } from './directory.js';
import { SymbolDirectory } from './symbol-directory.js';

/** Daily bars over REST. */
@ApiTags('market data')
@Controller('v1/market-data/daily')
export class DailyController {
  constructor(
    private readonly daily: DailyQueries,
    private readonly directory: SymbolDirectory,
    private readonly lists: ListAnswers,
    private readonly indicators: IndicatorRows,
  ) {}

  @Route(':symbol', {
    id: 'listDailyBars',
    summary: 'Daily bars of a symbol, from the continuous aggregate',
    description: 'Days that the aggregate lacks are computed from the bars; `meta.freshness` says how it stands.',
    args: DailyArgs,
    model: DailyBar,
    shape: 'page',
    meta: { freshness: Freshness, first_day: META.day, last_day: META.day, 'indicators?': INDICATOR_META },
    path: SYMBOL,
  })
  async list(@Param('symbol') symbol: string, @RestArgs() args: DailyArgs): Promise<Answer> {
    const row = await this.directory.require(symbol);
    const query = { symbol, ...queryOf(DailyArgs, args) };
    const { indicators } = args;
    if (indicators === undefined) return this.#answer([row], args, query);
    const page = await this.indicators.ofDays(row, { ...args, indicators });
    const meta = { ...metaOf(page.list, [row], query), indicators: page.meta };
    return partsAnswer(page.parts, {
      args,
      model: DailyBar,
      more: page.columns,
      meta,
      cache: Cache.DEFAULT,
      fileName: `daily-${symbol}`,
      token: page.nextPageToken,
    });
  }

  @Route('', {
    id: 'listMarketDay',
    summary: 'The daily bars of the whole market on one day, or of several symbols over a window',
    description:
      'With `date` the market on that day; else `symbols`, one after the other or, with `layout=wide`, a column each. The limit counts rows over all symbols. Those that do not exist are in `meta.unknown`.',
    args: DailyOrMarketDayArgs,
    model: DailyBar,
    shape: 'page',
    meta: { freshness: Freshness, unknown: META.unknown, 'first_day?': META.day, 'last_day?': META.day },
  })
  async marketDay(@RestArgs() args: DailyOrMarketDayArgs): Promise<Answer> {
    const { date, symbols } = args;
    if (args.indicators !== undefined) {
      throw invalid('indicators', 'indicators go with one symbol: /v1/market-data/daily/{symbol}.');
    }
    const wide = args.layout === Layout.WIDE;
    if (wide && date !== undefined) throw invalid('layout', 'layout=wide goes with symbols and a window.');
    if (!wide && args.field !== DailyField.CLOSE) throw invalid('field', 'field goes with layout=wide.');
    if (date !== undefined) return this.#marketDay({ ...args, date });
    if (symbols === undefined) throw invalid('date', 'date is required, or symbols with a window.');
    const { rows, unknown } = await this.directory.resolve(symbols);
    const query = queryOf(DailyOrMarketDayArgs, args, { symbols: rows.map(({ symbol }) => symbol) });
    if (wide) return this.#wide(rows, args, query, unknown);
    return this.#answer(rows, args, query, { unknown });
  }

  async #wide(
    rows: readonly DirectoryRow[],
    args: DailyOrMarketDayArgs,
    query: Record<string, unknown>,
    unknown: string[],
  ): Promise<Answer> {
    const { field } = args;
    if (rows.length > LIMITS.wideColumns) {
      throw new ApiError('limit_exceeded', `layout=wide takes at most ${LIMITS.wideColumns} symbols.`, {
        param: 'symbols',
        hint: 'layout=long takes more.',
      });
    }
    if (args.updatedAfter !== undefined) {
      throw invalid('updated_after', 'updated_after goes with layout=long, whose rows are single bars.');
    }
    const list = await this.daily.wide(rows, args, 'page_token');
    const names = rows.map(({ symbol }) => symbol);
    return this.lists.answer(list, {
      args: { ...args, first: rowsOfWide(names.length, args.first) },
      model: WideDay,
      more: wideColumns(
        names,
        { first: 'day', param: 'symbols' },
        field === DailyField.VOLUME ? 'bigint' : 'decimal',
        field,
        field === DailyField.VWAP ? DIGITS_OF_AVERAGES : undefined,
      ),
      meta: { ...metaOf(list, rows, query), unknown },
      fileName: `daily-${field}`,
    });
  }

  async #marketDay(args: DailyOrMarketDayArgs & { date: string }): Promise<Answer> {
    const { date, symbols, sort } = args;
    const given = (['start', 'end', 'updatedAfter'] as const).find((name) => args[name] !== undefined);
    const other = given === undefined ? (sort === 'desc' ? 'sort' : null) : nameOf(args, given);
    if (other !== null) throw invalid(other, `${other} belongs to a window; date is one day, in alphabetical order.`);
    const { unknown } = symbols ? await this.directory.resolve(symbols) : { unknown: [] };
    const list = await this.daily.marketDay(args, 'page_token');
    const meta = {
      query: queryOf(DailyOrMarketDayArgs, args, echoDays(list.window)),
      unknown,
      freshness: snakeKeys(list.freshness),
    };
    return this.lists.answer(list, { args, model: DailyBar, meta, fileName: `daily-${date}` });
  }

  async #answer(
    rows: readonly DirectoryRow[],
    args: DailyArgs,
    query: Record<string, unknown>,
    more: Record<string, unknown> = {},
  ): Promise<Answer> {
    const list = await this.daily.list(rows, args);
    const meta = { ...metaOf(list, rows, query), ...more };
    const fileName = `daily-${rows.length === 1 ? rows[0]!.symbol : 'symbols'}`;
    return this.lists.answer(list, { args, model: DailyBar, meta, fileName });
  }
}

function metaOf(list: DailyList, rows: readonly DirectoryRow[], query: Record<string, unknown>): ListMeta {
  return {
    query: { ...query, ...echoDays(list.window) },
    freshness: snakeKeys(list.freshness),
    ...daysOfAll(rows),
  };
}
