import { Module } from '@nestjs/common';
import { MarketDataModule } from '../market-data/market-data.module.js';
import { MonitoringController } from './monitoring.controller.js';
import { MonitoringQueries } from './monitoring.queries.js';
import { MonitoringResolver } from './monitoring.resolver.js';

/** How the database is, for operators. */
@Module({
  imports: [MarketDataModule],
  controllers: [MonitoringController],
  providers: [MonitoringQueries, MonitoringResolver],
})
export class MonitoringModule {}
