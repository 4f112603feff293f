import { Args, Context, ID, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { type GraphqlContext, loadOne } from '../common/loaders.js';
import { requireUuid } from '../common/uuid.js';
import type { Page } from '../database/list.js';
import { MarketSymbol } from '../market-data/symbols.model.js';
import { EventConnection, EventsArgs, FinancialEvent, SymbolEventsArgs } from './events.model.js';
import { EventsQueries } from './events.queries.js';

/** Financial events over GraphQL. */
@Resolver()
export class EventsResolver {
  constructor(private readonly queries: EventsQueries) {}

  @Query(() => EventConnection, { nullable: true, description: 'Financial events, oldest first.' })
  events(@Args() args: EventsArgs): Promise<Page<FinancialEvent>> {
    return this.queries.page(args);
  }

  @Query(() => FinancialEvent, { nullable: true, description: 'One event; null where there is no such event.' })
  event(
    @Args('id', { type: () => ID, description: 'UUID of the event.' }) id: string,
    @Context() context: GraphqlContext,
  ): Promise<FinancialEvent | null> {
    return loadOne(context, ['event'], requireUuid(id), (ids) => this.queries.find(ids));
  }
}

/** The events of a symbol; the symbols of one operation share one statement. */
@Resolver(() => MarketSymbol)
export class SymbolEventsResolver {
  constructor(private readonly queries: EventsQueries) {}

  @ResolveField('events', () => EventConnection, {
    nullable: true,
    description: 'Financial events of the symbol, oldest first.',
  })
  eventsOf(
    @Parent() { symbol }: MarketSymbol,
    @Args() args: SymbolEventsArgs,
    @Context() context: GraphqlContext,
  ): Promise<Page<FinancialEvent>> {
    return loadOne(context, ['symbol events', args], symbol, (symbols) => this.queries.pages(symbols, args));
  }
}
