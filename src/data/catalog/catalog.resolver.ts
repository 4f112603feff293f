import { Query, Resolver } from '@nestjs/graphql';
import { Catalog } from './catalog.model.js';
import { CatalogQueries } from './catalog.queries.js';

/** The catalog over GraphQL. */
@Resolver()
export class CatalogResolver {
  constructor(private readonly queries: CatalogQueries) {}

  @Query(() => Catalog, { nullable: true, description: 'What is in the database.' })
  catalog(): Promise<Catalog> {
    return this.queries.catalog();
  }
}
