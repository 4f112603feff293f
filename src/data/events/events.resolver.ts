import { Args, Context, ID, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { type GraphqlContext, loadWithin } from '../../graphql/loaders.js';
import { Selected } from '../../graphql/selected.js';
import { requireUuid } from '../../base/identifiers.js';
import type { Page } from '../../lists/page.js';
import { Selection } from '../../lists/selection.js';
import { MarketSymbol } from '../market-data/symbols.model.js';
import {
  EventConnection,
  EventsArgs,
  EventValue,
  EventValueConnection,
  EventValuesArgs,
  FinancialEvent,
  SymbolEventsArgs,
} from './events.model.js';
import { EVENT_KEY, EventsQueries } from './events.queries.js';

/** Financial events over GraphQL. */
@Resolver()
export class EventsResolver {
  constructor(private readonly queries: EventsQueries) {}

  @Query(() => EventConnection, { nullable: true, description: 'Financial events in the order of time.' })
  events(
    @Args() args: EventsArgs,
    @Selected(FinancialEvent, EVENT_KEY) selection: Selection,
  ): Promise<Page<FinancialEvent>> {
    return this.queries.page(args, selection);
  }

  @Query(() => EventValueConnection, { description: 'The types of the events inside a window.' })
  eventTypes(@Args() args: EventValuesArgs, @Selected(EventValue) selection: Selection): Promise<Page<EventValue>> {
    return this.queries.valuesPage('event_type', args, selection);
  }

  @Query(() => EventValueConnection, { description: 'The countries of the events inside a window.' })
  eventCountries(@Args() args: EventValuesArgs, @Selected(EventValue) selection: Selection): Promise<Page<EventValue>> {
    return this.queries.valuesPage('country', args, selection);
  }

  @Query(() => EventValueConnection, { description: 'The currencies of the events inside a window.' })
  eventCurrencies(
    @Args() args: EventValuesArgs,
    @Selected(EventValue) selection: Selection,
  ): Promise<Page<EventValue>> {
    return this.queries.valuesPage('currency', args, selection);
  }

  @Query(() => FinancialEvent, { nullable: true, description: 'One event; null where there is no such event.' })
  event(
    @Args('id', { type: () => ID, description: 'UUID of the event.' }) id: string,
    @Context() context: GraphqlContext,
  ): Promise<FinancialEvent | null> {
    return loadWithin(context, ['event'], requireUuid(id), (ids, bytes) => this.queries.find(ids, bytes));
  }
}

/** The events of a symbol; the symbols of one operation share one statement. */
@Resolver(() => MarketSymbol)
export class SymbolEventsResolver {
  constructor(private readonly queries: EventsQueries) {}

  @ResolveField('events', () => EventConnection, {
    nullable: true,
    description: 'Financial events of the symbol in the order of time.',
  })
  eventsOf(
    @Parent() { symbol }: MarketSymbol,
    @Args() args: SymbolEventsArgs,
    @Context() context: GraphqlContext,
    @Selected(FinancialEvent, EVENT_KEY) selection: Selection,
  ): Promise<Page<FinancialEvent> | null> {
    return loadWithin(context, ['symbol events', args, selection.cacheKey], symbol, (symbols, bytes) =>
      this.queries.pages(symbols, args, selection, bytes),
    );
  }
}
