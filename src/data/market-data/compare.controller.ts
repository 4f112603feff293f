import { Controller } from '@nestjs/common';
import { ApiExtraModels, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { FORMATS } from '../../contract/formats.js';
import { queryOf } from '../../contract/output.args.js';
import { snakeKeys, snakeTree } from '../../contract/wire.js';
import { echoDays } from '../../lists/window.js';
import type { Answer } from '../../rest/answer.js';
import { ListAnswers } from '../../rest/list-answers.js';
import { META } from '../../rest/openapi-schemas.js';
import { RestArgs, Route } from '../../rest/route.js';
import { CompareArgs, ComparedBar, ComparedSymbol, Correlation } from './compare.model.js';
import { CompareQueries } from './compare.queries.js';
import { Freshness } from './daily.model.js';
import { daysOfAll } from './directory.js';

const listOf = (model: new () => object, description: string): Record<string, unknown> => ({
  type: 'array',
  description,
  items: { $ref: getSchemaPath(model) },
});

/** Comparisons over REST. */
@ApiTags('market data')
@ApiExtraModels(ComparedSymbol, Correlation)
@Controller('v1/market-data/compare')
export class CompareController {
  constructor(
    private readonly compare: CompareQueries,
    private readonly lists: ListAnswers,
  ) {}

  @Route('', {
    id: 'compareSymbols',
    summary: 'Symbols side by side: closes from a common base, what each did, and how they move together',
    description:
      'A row for each symbol and day, symbol by symbol. `meta.summary` and `meta.correlations` are of the whole window on every page; CSV and NDJSON have the rows only.',
    args: CompareArgs,
    model: ComparedBar,
    shape: 'page',
    meta: {
      unknown: META.unknown,
      freshness: Freshness,
      first_day: META.day,
      last_day: META.day,
      summary: listOf(ComparedSymbol, 'What each symbol did in the window, in their order.'),
      correlations: listOf(Correlation, 'The matrix of their correlations, row by row.'),
    },
  })
  async list(@RestArgs() args: CompareArgs): Promise<Answer> {
    const compared = await this.compare.compare(args, 'page_token');
    const { symbols, window, unknown, freshness } = compared;
    const names = symbols.map(({ symbol }) => symbol);
    // Without an envelope nobody sees them.
    const bare = args.format !== undefined && FORMATS[args.format].streams;
    const whole = bare
      ? {}
      : {
          summary: snakeTree(await this.compare.summary(compared)),
          correlations: snakeTree(await this.compare.correlations(compared)),
        };
    const meta = {
      query: queryOf(CompareArgs, args, { symbols: names, ...echoDays(window) }),
      unknown,
      freshness: snakeKeys(freshness),
      ...daysOfAll(symbols),
      ...whole,
    };
    return this.lists.answer(compared, { args, model: ComparedBar, meta, fileName: 'compare' });
  }
}
