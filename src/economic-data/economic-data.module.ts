import { Module } from '@nestjs/common';
import { ObservationsQueries } from './observations.queries.js';
import { SeriesController } from './series.controller.js';
import { SeriesQueries } from './series.queries.js';
import { SeriesResolver } from './series.resolver.js';

/** The schema `economic_data`: series and their observations. */
@Module({
  controllers: [SeriesController],
  providers: [SeriesQueries, ObservationsQueries, SeriesResolver],
})
export class EconomicDataModule {}
