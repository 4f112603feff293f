import { Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Answer, objectAnswer } from '../../rest/answer.js';
import { Cache } from '../../contract/caching.js';
import { NoArgs } from '../../contract/args.js';
import { RestArgs, Route } from '../../rest/route.js';
import { snakeTree } from '../../contract/wire.js';
import { Catalog } from './catalog.model.js';
import { CatalogQueries } from './catalog.queries.js';

/** The catalog over REST. */
@ApiTags('catalog')
@Controller('v1/catalog')
export class CatalogController {
  constructor(private readonly queries: CatalogQueries) {}

  @Route('', {
    id: 'getCatalog',
    summary: 'What is in here: data sets with their ends, sources and state, and the schemas',
    args: NoArgs,
    model: Catalog,
    shape: 'object',
  })
  async catalog(@RestArgs() args: NoArgs): Promise<Answer> {
    const catalog = await this.queries.catalog();
    const still = catalog.dataSets.map((set) => ({
      ...set,
      lagSeconds: null,
      refresh: set.refresh && { ...set.refresh, asOf: null },
    }));
    const identity = JSON.stringify({ ...catalog, asOf: null, dataSets: still });
    return objectAnswer(JSON.stringify(snakeTree(catalog)), { query: { ...args } }, Cache.DEFAULT, [identity]);
  }
}
