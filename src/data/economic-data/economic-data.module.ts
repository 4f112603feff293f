import { Module } from '@nestjs/common';
import { ManySeriesController } from './many-series.controller.js';
import { ManySeriesQueries } from './many-series.queries.js';
import { ManySeriesResolver } from './many-series.resolver.js';
import { ObservationsQueries } from './observations.queries.js';
import { SeriesController } from './series.controller.js';
import { SeriesQueries } from './series.queries.js';
import { SeriesConnectionResolver, SeriesResolver } from './series.resolver.js';

/** The schema `economic_data`: series and their observations. */
@Module({
  controllers: [SeriesController, ManySeriesController],
  providers: [
    SeriesQueries,
    ObservationsQueries,
    ManySeriesQueries,
    ManySeriesResolver,
    SeriesResolver,
    SeriesConnectionResolver,
  ],
})
export class EconomicDataModule {}
