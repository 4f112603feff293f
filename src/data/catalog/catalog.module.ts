import { Module } from '@nestjs/common';
import { MarketDataModule } from '../market-data/market-data.module.js';
import { CatalogController } from './catalog.controller.js';
import { CatalogQueries } from './catalog.queries.js';
import { CatalogResolver } from './catalog.resolver.js';

/** What is in the database: data sets and schemas. */
@Module({
  imports: [MarketDataModule],
  controllers: [CatalogController],
  providers: [CatalogQueries, CatalogResolver],
  exports: [CatalogQueries],
})
export class CatalogModule {}
