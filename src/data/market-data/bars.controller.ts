import { Controller, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { invalid } from '../../base/errors.js';
import type { Answer, ListMeta } from '../../rest/answer.js';
import { Cache } from '../../contract/caching.js';
import { ListAnswers } from '../../rest/list-answers.js';
import { META } from '../../rest/openapi-schemas.js';
import { queryOf } from '../../contract/output.args.js';
import { RestArgs, Route, SYMBOL } from '../../rest/route.js';
import { partsAnswer, rowAnswer, rowsAnswer } from '../../rest/rows.js';
import type { PageRows } from '../../lists/page-rows.js';
import { echoWindow } from '../../lists/window.js';
import { now, parseInstant } from '../../base/time.js';
import { Bar, BarsArgs, BarsOfArgs, LatestArgs, LatestOfArgs } from './bars.model.js';
import { type BarList, BarsQueries } from './bars.queries.js';
import { IndicatorRows } from './indicator-rows.js';
import { INDICATOR_META } from './indicator-meta.js';
import { daysOfAll, type DirectoryRow } from './directory.js';
import { barOf, LatestBars } from './latest.queries.js';
import { SymbolDirectory } from './symbol-directory.js';
import { columnsOf, snakeKeys } from '../../contract/wire.js';
import { Freshness } from './daily.model.js';

/** Columns that a stored bar has, and those of one that is made of others, where `fields` names none. */
const DERIVED_ONLY = ['bars', 'is_partial'];
const SHOWN = columnsOf(Bar).flatMap(({ name, onRequest }) => (onRequest ? [] : [name]));
export const STORED_FIELDS = SHOWN.filter((name) => !DERIVED_ONLY.includes(name));
const DERIVED_FIELDS = SHOWN.filter((name) => name !== 'source');

const BARS_META = {
  first_day: META.day,
  last_day: META.day,
  'timeframe?': { type: 'string', description: 'The timeframe of the bars, where it was asked for or chosen.' },
  'derived_from?': {
    type: ['string', 'null'],
    description: 'The timeframe of the stored bars that they are made of, or "daily" for the daily bars.',
  },
  'tz?': { type: 'string', description: 'The time zone in which the bars begin.' },
  'freshness?': Freshness,
  'note?': META.text,
};

/** Bars over REST. */
@ApiTags('market data')
@Controller('v1/market-data')
export class BarsController {
  constructor(
    private readonly bars: BarsQueries,
    private readonly newest: LatestBars,
    private readonly directory: SymbolDirectory,
    private readonly lists: ListAnswers,
    private readonly indicators: IndicatorRows,
  ) {}

  @Route('latest/:symbol', {
    id: 'getLatestBar',
    summary: 'The newest bar of a symbol, whatever its age',
    args: LatestArgs,
    model: Bar,
    shape: 'object',
    mayBeNull: true,
    meta: { age_seconds: META.age },
    path: SYMBOL,
  })
  async latest(@Param('symbol') symbol: string, @RestArgs() args: LatestArgs): Promise<Answer> {
    await this.directory.require(symbol);
    const bar = (await this.newest.of([symbol], args)).get(symbol) ?? null;
    const fields = args.fields ?? STORED_FIELDS;
    const meta = { query: { symbol, ...queryOf(LatestArgs, args) }, age_seconds: bar ? age(bar) : null };
    return rowAnswer(bar, {
      args: { ...args, fields },
      model: Bar,
      meta,
      cache: Cache.LATEST,
      fileName: `latest-${symbol}`,
    });
  }

  @Route('latest', {
    id: 'listLatestBars',
    summary: 'The newest bars of several symbols, in the order of the request',
    args: LatestOfArgs,
    model: Bar,
    shape: 'list',
    meta: { unknown: META.unknown, without_bar: META.unknown },
  })
  async latestOf(@RestArgs() args: LatestOfArgs): Promise<Answer> {
    const symbols = [...new Set(args.symbols)];
    const { unknown } = await this.directory.resolve(symbols);
    const bars = await this.newest.of(symbols, args);
    const rows = symbols.flatMap((symbol) => barOf(bars.get(symbol)) ?? []);
    const meta = {
      query: queryOf(LatestOfArgs, args, { symbols }),
      unknown,
      without_bar: symbols.filter((symbol) => !bars.has(symbol) && !unknown.includes(symbol)),
    };
    const fields = args.fields ?? STORED_FIELDS;
    return rowsAnswer(rows, { args: { ...args, fields }, model: Bar, meta, cache: Cache.LATEST, fileName: 'latest' });
  }

  @Route('bars/:symbol', {
    id: 'listBars',
    summary: 'Bars of a symbol: stored ones, or those of an interval that are made of them',
    args: BarsArgs,
    model: Bar,
    shape: 'page',
    meta: { ...BARS_META, 'indicators?': INDICATOR_META },
    path: SYMBOL,
  })
  async list(@Param('symbol') symbol: string, @RestArgs() args: BarsArgs): Promise<Answer> {
    const row = await this.directory.require(symbol);
    const query = { symbol, ...queryOf(BarsArgs, args) };
    const { indicators } = args;
    if (indicators === undefined) return this.#answer([row], args, query);
    const page = await this.indicators.ofInterval(row, { ...args, indicators });
    const fields = args.fields ?? [...fieldsOf(page.list), ...page.columns.map(({ name }) => name)];
    return partsAnswer(page.parts, {
      args: { ...args, fields },
      model: Bar,
      more: page.columns,
      meta: { ...metaOf(page.list, [row], query), indicators: page.meta },
      cache: Cache.DEFAULT,
      fileName: `bars-${symbol}`,
      token: page.nextPageToken,
    });
  }

  @Route('bars', {
    id: 'listBarsOfSymbols',
    summary: 'Bars of several symbols, symbol by symbol in alphabetical order',
    description: 'The limit counts rows over all symbols. Those that do not exist are in `meta.unknown`.',
    args: BarsOfArgs,
    model: Bar,
    shape: 'page',
    meta: { unknown: META.unknown, ...BARS_META },
  })
  async listOf(@RestArgs() args: BarsOfArgs): Promise<Answer> {
    if (args.indicators !== undefined) {
      throw invalid('indicators', 'indicators go with one symbol: /v1/market-data/bars/{symbol}.');
    }
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
    const meta = { ...metaOf(list, rows, query), ...more };
    const fileName = `bars-${rows.length === 1 ? rows[0]!.symbol : 'symbols'}`;
    const fields = args.fields ?? fieldsOf(list);
    return this.lists.answer(list, { args: { ...args, fields }, model: Bar, meta, fileName });
  }
}

function fieldsOf({ derivedFrom }: BarList): string[] {
  return derivedFrom === null ? STORED_FIELDS : DERIVED_FIELDS;
}

function metaOf(list: BarList, rows: readonly DirectoryRow[], query: Record<string, unknown>): ListMeta {
  const { window, timeframe, derivedFrom, tz, freshness, note } = list;
  return {
    query: { ...query, ...echoWindow(window) },
    ...daysOfAll(rows),
    ...(timeframe === null ? {} : { timeframe, derived_from: derivedFrom, tz }),
    ...(freshness === null ? {} : { freshness: snakeKeys(freshness) }),
    ...(note === null ? {} : { note }),
  };
}

function age(bar: PageRows): number {
  const [timestamp] = bar.textsAt(0, ['timestamp']) as [string];
  return Math.max(0, Math.floor(Number(now() - parseInstant(timestamp)!) / 1e6));
}
