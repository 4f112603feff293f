import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { Config } from './config/config.js';
import { CatalogModule } from './data/catalog/catalog.module.js';
import { graphqlModule } from './graphql/graphql.module.js';
import { passwordsOf } from './postgres/address.js';
import { DatabaseModule, type DatabaseOptions } from './postgres/postgres.module.js';
import { DoorsModule } from './doors/doors.module.js';
import { EconomicDataModule } from './data/economic-data/economic-data.module.js';
import { EventsModule } from './data/events/events.module.js';
import { HealthModule } from './operations/health/health.module.js';
import { LiveSettings } from './data/market-data/live-settings.js';
import { MarketDataModule } from './data/market-data/market-data.module.js';
import { MonitoringModule } from './operations/monitoring/monitoring.module.js';
import { NewsModule } from './data/news/news.module.js';
import { RestModule } from './rest/rest.module.js';

/** Proxies take a connection that is silent for a minute for lost, and we close one after HTTP_IDLE_TIMEOUT_MS. */
const MOST_SILENT_MS = 15_000;

/** How live updates are sent, as the environment says. */
@Global()
@Module({})
class LiveSettingsModule {
  static forRoot(config: Readonly<Config>): DynamicModule {
    const settings: LiveSettings = {
      pollMs: config.LIVE_POLL_MS,
      maxListeners: config.LIVE_MAX_LISTENERS,
      clientShare: config.CLIENT_SHARE,
      heartbeatMs: Math.min(MOST_SILENT_MS, config.HTTP_IDLE_TIMEOUT_MS / 2),
      maxBytes: config.LIVE_MAX_BYTES,
    };
    const provider = { provide: LiveSettings, useValue: settings };
    return { module: LiveSettingsModule, providers: [provider], exports: [provider] };
  }
}

/** The table of contents: one module per schema. */
@Module({})
export class AppModule {
  static forRoot(options: DatabaseOptions): DynamicModule {
    const health = HealthModule.forRoot(options.url, passwordsOf(options.config)) as DynamicModule;
    return {
      module: AppModule,
      imports: [
        DatabaseModule.forRoot(options) as DynamicModule,
        LiveSettingsModule.forRoot(options.config),
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
