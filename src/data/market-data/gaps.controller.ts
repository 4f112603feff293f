import { Controller, Param } from '@nestjs/common';
import { ApiExtraModels, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { type Answer } from '../../rest/answer.js';
import { Cache } from '../../contract/caching.js';
import { META } from '../../rest/openapi-schemas.js';
import { queryOf } from '../../contract/output.args.js';
import { RestArgs, Route, SYMBOL } from '../../rest/route.js';
import { rowsAnswer } from '../../rest/rows.js';
import { echoDays } from '../../lists/window.js';
import { snakeKeys } from '../../contract/wire.js';
import { Freshness } from './daily.model.js';
import { Coverage, CoverageArgs, ExcludedDay, Gap, GapsArgs } from './gaps.model.js';
import { excludedOf, GapsQueries } from './gaps.queries.js';
import { SymbolDirectory } from './symbol-directory.js';

/** Gaps and coverage over REST. */
@ApiTags('market data')
@ApiExtraModels(ExcludedDay)
@Controller('v1/market-data/gaps')
export class GapsController {
  constructor(
    private readonly gaps: GapsQueries,
    private readonly directory: SymbolDirectory,
  ) {}

  @Route(':symbol', {
    id: 'listGaps',
    summary: 'Days of a symbol that ought to have a bar and have none',
    description: 'Runs of missing days with the reason; today is never one. `meta` says how complete the window is.',
    args: GapsArgs,
    model: Gap,
    shape: 'list',
    meta: {
      calendar: META.text,
      expected_days: META.count,
      present_days: META.count,
      coverage: META.ratio,
      first_day: META.day,
      last_day: META.day,
      'note?': META.text,
      excluded: { type: 'array', items: { $ref: getSchemaPath(ExcludedDay) } },
      'half_days?': { type: 'array', items: { type: 'string', format: 'date' } },
      freshness: Freshness,
    },
    path: SYMBOL,
  })
  async report(@Param('symbol') symbol: string, @RestArgs() args: GapsArgs): Promise<Answer> {
    const found = await this.gaps.find([await this.directory.require(symbol)], args);
    const [row] = found.rows;
    const { gaps, calendar, expectedDays, presentDays, coverage, firstDay, lastDay } = row!;
    const excluded = excludedOf(row!, found.days);
    const meta = {
      query: { symbol, ...queryOf(GapsArgs, args, echoDays(found.window)) },
      ...snakeKeys({ calendar, expectedDays, presentDays, coverage, firstDay, lastDay }),
      ...(calendar === args.calendar
        ? {}
        : { note: 'Fewer than three other symbols are active here, so weekdays are expected.' }),
      excluded,
      ...(calendar === 'xnys' ? { half_days: found.days.halfDays } : {}),
      freshness: snakeKeys(found.freshness),
    };
    const options = { args, model: Gap, meta, cache: Cache.DEFAULT, fileName: `gaps-${symbol}` };
    return rowsAnswer(gaps, options);
  }

  @Route('', {
    id: 'listCoverage',
    summary: 'How complete the days of each symbol are',
    args: CoverageArgs,
    model: Coverage,
    shape: 'page',
    meta: { unknown: META.unknown, freshness: Freshness },
  })
  async coverage(@RestArgs() args: CoverageArgs): Promise<Answer> {
    const page = await this.gaps.coverage(args, 'page_token');
    const meta = {
      query: queryOf(CoverageArgs, args, echoDays(page.window!)),
      unknown: page.unknown ?? [],
      freshness: snakeKeys(page.freshness),
    };
    const options = {
      args,
      model: Coverage,
      meta,
      cache: Cache.DEFAULT,
      fileName: 'coverage',
      token: page.nextPageToken,
    };
    return rowsAnswer(page.nodes, options);
  }
}
