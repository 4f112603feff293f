import { Module } from '@nestjs/common';
import { EventsController } from './events.controller.js';
import { EventsQueries } from './events.queries.js';
import { EventsResolver, SymbolEventsResolver } from './events.resolver.js';

/** The schema `events`: financial events, also as a field of every symbol. */
@Module({
  controllers: [EventsController],
  providers: [EventsQueries, EventsResolver, SymbolEventsResolver],
})
export class EventsModule {}
