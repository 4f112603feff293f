import { Module } from '@nestjs/common';
import type { Passwords } from '../../postgres/address.js';
import { MarketDataModule } from '../../data/market-data/market-data.module.js';
import { DatabaseProbe } from './database-probe.js';
import { HealthController } from './health.controller.js';
import { HealthResolver } from './health.resolver.js';
import { Lifecycle } from './lifecycle.js';
import { Readiness } from './readiness.js';

/** Liveness, readiness, and the database's health. */
@Module({})
export class HealthModule {
  static forRoot(url: string, passwords?: Passwords): object {
    return {
      module: HealthModule,
      imports: [MarketDataModule],
      controllers: [HealthController],
      providers: [
        { provide: DatabaseProbe, useFactory: () => new DatabaseProbe(url, passwords) },
        Lifecycle,
        Readiness,
        HealthResolver,
      ],
      exports: [DatabaseProbe],
    };
  }
}
