import { Module } from '@nestjs/common';
import { MarketDataModule } from '../market-data/market-data.module.js';
import { EventsController } from './events.controller.js';
import { EventsQueries } from './events.queries.js';
import { EventsResolver, SymbolEventsResolver } from './events.resolver.js';

/** The schema `events`: financial events, also as a field of every symbol. */
@Module({
  imports: [MarketDataModule],
  controllers: [EventsController],
  providers: [EventsQueries, EventsResolver, SymbolEventsResolver],
})
export class EventsModule {}
