import { Module } from '@nestjs/common';
import { MarketDataModule } from '../market-data/market-data.module.js';
import { EventStudyController } from './event-study.controller.js';
import { EventStudyQueries } from './event-study.queries.js';
import { EventStudyResolver } from './event-study.resolver.js';
import { EventsController } from './events.controller.js';
import { EventsQueries } from './events.queries.js';
import { EventsResolver, SymbolEventsResolver } from './events.resolver.js';
import { StudyGroups } from './study-groups.js';

/** The schema `events`: financial events, also as a field of every symbol. */
@Module({
  imports: [MarketDataModule],
  controllers: [EventStudyController, EventsController],
  providers: [EventsQueries, EventsResolver, SymbolEventsResolver, StudyGroups, EventStudyQueries, EventStudyResolver],
  exports: [EventsQueries],
})
export class EventsModule {}
