import { Module } from '@nestjs/common';
import { ObservationsQueries } from './observations.queries.js';
import { SeriesController } from './series.controller.js';
import { SeriesQueries } from './series.queries.js';
import { SeriesConnectionResolver, SeriesResolver } from './series.resolver.js';

/** The schema `economic_data`: series and their observations. */
@Module({
  controllers: [SeriesController],
  providers: [SeriesQueries, ObservationsQueries, SeriesResolver, SeriesConnectionResolver],
})
export class EconomicDataModule {}
