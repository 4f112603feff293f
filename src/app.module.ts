import { type DynamicModule, Module } from '@nestjs/common';
import { CatalogModule } from './data/catalog/catalog.module.js';
import { graphqlModule } from './graphql/graphql.module.js';
import { passwordsOf } from './postgres/address.js';
import { DatabaseModule, type DatabaseOptions } from './postgres/postgres.module.js';
import { DoorsModule } from './doors/doors.module.js';
import { EconomicDataModule } from './data/economic-data/economic-data.module.js';
import { EventsModule } from './data/events/events.module.js';
import { HealthModule } from './operations/health/health.module.js';
import { MarketDataModule } from './data/market-data/market-data.module.js';
import { MonitoringModule } from './operations/monitoring/monitoring.module.js';
import { NewsModule } from './data/news/news.module.js';
import { RestModule } from './rest/rest.module.js';

/** The table of contents: one module per schema. */
@Module({})
export class AppModule {
  static forRoot(options: DatabaseOptions): DynamicModule {
    const health = HealthModule.forRoot(options.url, passwordsOf(options.config)) as DynamicModule;
    return {
      module: AppModule,
      imports: [
        DatabaseModule.forRoot(options) as DynamicModule,
        graphqlModule(options.tracing, options.sample),
        RestModule,
        health,
        CatalogModule,
        MarketDataModule,
        EconomicDataModule,
        NewsModule,
        EventsModule,
        DoorsModule.forRoot(options.config),
        MonitoringModule.forRoot(options.config, health),
      ],
    };
  }
}
