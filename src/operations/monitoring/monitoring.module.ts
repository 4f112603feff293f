import { type DynamicModule, Module } from '@nestjs/common';
import { CatalogModule } from '../../data/catalog/catalog.module.js';
import type { Config } from '../../config/config.js';
import { MarketDataModule } from '../../data/market-data/market-data.module.js';
import { Metrics } from './metrics.js';
import { MetricsServer } from './metrics-server.js';
import { MonitoringController } from './monitoring.controller.js';
import { MonitoringQueries } from './monitoring.queries.js';
import { MonitoringResolver } from './monitoring.resolver.js';

/** How the database is, for operators, and what Prometheus reads. */
@Module({})
export class MonitoringModule {
  static forRoot(config: Readonly<Config>, health: DynamicModule): DynamicModule {
    return {
      module: MonitoringModule,
      imports: [MarketDataModule, CatalogModule, health],
      controllers: [MonitoringController],
      providers: [
        MonitoringQueries,
        MonitoringResolver,
        Metrics,
        {
          provide: MetricsServer,
          useFactory: (metrics: Metrics) => new MetricsServer(metrics, config),
          inject: [Metrics],
        },
      ],
    };
  }
}
