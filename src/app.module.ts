import { type DynamicModule, Module } from '@nestjs/common';
import { CatalogModule } from './catalog/catalog.module.js';
import { graphqlModule } from './common/graphql.module.js';
import { passwordOf } from './database/connection.js';
import { DatabaseModule, type DatabaseOptions } from './database/database.module.js';
import { EconomicDataModule } from './economic-data/economic-data.module.js';
import { EventsModule } from './events/events.module.js';
import { HealthModule } from './health/health.module.js';
import { MarketDataModule } from './market-data/market-data.module.js';
import { MonitoringModule } from './monitoring/monitoring.module.js';
import { NewsModule } from './news/news.module.js';

/** The table of contents: one module per schema. */
@Module({})
export class AppModule {
  static forRoot(options: DatabaseOptions): DynamicModule {
    const health = HealthModule.forRoot(options.url, passwordOf(options.config)) as DynamicModule;
    return {
      module: AppModule,
      imports: [
        DatabaseModule.forRoot(options) as DynamicModule,
        graphqlModule(options.tracing, options.sample),
        health,
        CatalogModule,
        MarketDataModule,
        EconomicDataModule,
        NewsModule,
        EventsModule,
        MonitoringModule.forRoot(options.config, health),
      ],
    };
  }
}
