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
import { ConditionArgs, ConditionOfArgs, DayCondition } from './condition.model.js';
import { ConditionQueries } from './condition.queries.js';
import { Freshness } from './daily.model.js';
import { daysOfAll, type DirectoryRow } from './directory.js';
import { SymbolDirectory } from './symbol-directory.js';

const CONDITION_META = { freshness: Freshness, first_day: META.day, last_day: META.day, 'note?': META.text };

/** In what condition the bars of each day are, over REST. */
@ApiTags('market data')
@Controller('v1/market-data/condition')
export class ConditionController {
  constructor(
    private readonly conditions: ConditionQueries,
    private readonly directory: SymbolDirectory,
  ) {}

  @Route(':symbol', {
    id: 'listConditions',
    summary: 'In what condition the bars of a symbol are, day by day',
    description:
      'A row for each day of the window. A page may have fewer rows than its limit where days have many bars.',
    args: ConditionArgs,
    model: DayCondition,
    shape: 'page',
    meta: CONDITION_META,
    path: SYMBOL,
  })
  async ofSymbol(@Param('symbol') symbol: string, @RestArgs() args: ConditionArgs): Promise<Answer> {
    const row = await this.directory.require(symbol);
    return this.#answer([row], args, { symbol, ...queryOf(ConditionArgs, args) }, {}, `condition-${symbol}`);
  }

  @Route('', {
    id: 'listConditionsOfSymbols',
    summary: 'In what condition the bars of several symbols are, day by day',
    description: 'A row for each day of each symbol. Symbols that do not exist are in `meta.unknown`.',
    args: ConditionOfArgs,
    model: DayCondition,
    shape: 'page',
    meta: { unknown: META.unknown, ...CONDITION_META },
  })
  async ofSymbols(@RestArgs() args: ConditionOfArgs): Promise<Answer> {
    const { rows, unknown } = await this.directory.resolve(args.symbols);
    const query = queryOf(ConditionOfArgs, args, { symbols: rows.map(({ symbol }) => symbol) });
    return this.#answer(rows, args, query, { unknown }, 'condition');
  }

  async #answer(
    rows: readonly DirectoryRow[],
    args: ConditionArgs,
    query: Record<string, unknown>,
    more: Record<string, unknown>,
    fileName: string,
  ): Promise<Answer> {
    const page = await this.conditions.page(rows, args);
    const meta = {
      query: { ...query, ...echoDays(page.window!) },
      freshness: snakeKeys(page.freshness),
      ...daysOfAll(rows),
      ...(page.note === null ? {} : { note: page.note }),
      ...more,
    };
    return rowsAnswer(page.nodes, {
      args,
      model: DayCondition,
      meta,
      cache: Cache.DEFAULT,
      fileName,
      token: page.nextPageToken,
    });
  }
}
