import { Args, Context, Info, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { storable } from '../common/args.js';
import { wantedOf } from '../common/graphql-passing.js';
import { type GraphqlContext, loadOne } from '../common/loaders.js';
import type { ArrayPage } from '../database/arrays.js';
import type { Page } from '../database/list.js';
import { DailyAggregate } from './aggregate.js';
import { Bar, BarConnection, BarsArgs, LatestArgs, LatestOfArgs, LatestResult } from './bars.model.js';
import { BAR_KEY, BarsQueries } from './bars.queries.js';
import { DailyArgs, DailyBar, DailyBarConnection, type Freshness, MarketDayArgs } from './daily.model.js';
import { DAILY_KEY, DailyQueries } from './daily.queries.js';
import type { DirectoryRow } from './directory.sql.js';
import { GapReport, GapsArgs } from './gaps.model.js';
import { GapsQueries } from './gaps.queries.js';
import { SymbolDirectory } from './symbol-directory.js';
import { MarketSymbol, SymbolConnection, SymbolsArgs } from './symbols.model.js';
import { SymbolsQueries } from './symbols.queries.js';
import { rowPage } from '../database/list.js';
import { Database } from '../database/database.js';
import { columnsOf } from '../common/wire.js';
import { LIMITS } from '../common/limits.js';

const lookup = (symbol: string): string => storable('symbol', symbol, LIMITS.symbolLength);

/** The market data entrances of GraphQL. */
@Resolver()
export class MarketDataResolver {
  constructor(
    private readonly db: Database,
    private readonly directory: SymbolDirectory,
    private readonly symbolsQueries: SymbolsQueries,
    private readonly bars: BarsQueries,
    private readonly daily: DailyQueries,
  ) {}

  @Query(() => MarketSymbol, { nullable: true, description: 'One symbol; null where there is no such symbol.' })
  symbol(
    @Args('symbol', { description: 'The symbol, as the pipeline writes it.' }) symbol: string,
    @Context() context: GraphqlContext,
  ): Promise<DirectoryRow | null> {
    return loadOne(context, ['symbol'], lookup(symbol), async (symbols) => {
      const found = await this.directory.findAll(symbols);
      return symbols.map((name) => found.get(name) ?? null);
    });
  }

  @Query(() => SymbolConnection, { description: 'The symbols, in alphabetical order.' })
  symbols(@Args() args: SymbolsArgs): Promise<Page<MarketSymbol>> {
    return this.symbolsQueries.page(args, 'after');
  }

  @Query(() => [LatestResult], { description: 'The newest bars of several symbols, in the order of the request.' })
  async latest(@Args() args: LatestOfArgs): Promise<LatestResult[]> {
    const bars = await this.bars.latest(args.symbols, args);
    return args.symbols.map((symbol) => ({ symbol, bar: bars.get(symbol) ?? null }));
  }

  @Query(() => DailyBarConnection, {
    description: 'The daily bars of the whole market, or of some symbols, on one day.',
  })
  async marketDay(@Args() args: MarketDayArgs): Promise<Page<DailyBar> & { unknown: string[] | null }> {
    const { unknown } = args.symbols ? await this.directory.resolve(args.symbols) : { unknown: null };
    const list = await this.daily.marketDay(args, 'after');
    const page = await rowPage<DailyBar>(this.db, list, args.first as number, columnsOf(DailyBar));
    return Object.assign(page, { unknown });
  }
}

/** The fields of a symbol; the symbols of one operation share one statement per field. */
@Resolver(() => MarketSymbol)
export class SymbolResolver {
  constructor(
    private readonly bars: BarsQueries,
    private readonly daily: DailyQueries,
    private readonly gapsQueries: GapsQueries,
  ) {}

  @ResolveField('latest', () => Bar, { nullable: true, description: 'The newest bar, whatever its age.' })
  latest(
    @Parent() symbol: DirectoryRow,
    @Args() args: LatestArgs,
    @Context() context: GraphqlContext,
  ): Promise<Bar | null> {
    return loadOne(context, ['latest', args], symbol.symbol, async (symbols) => {
      const bars = await this.bars.latest(symbols, args);
      return symbols.map((name) => bars.get(name) ?? null);
    });
  }

  @ResolveField('bars', () => BarConnection, { description: 'Bars, as they were written.' })
  barsOf(
    @Parent() symbol: DirectoryRow,
    @Args() args: BarsArgs,
    @Context() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ArrayPage<Bar>> {
    const wanted = wantedOf(info, columnsOf(Bar), BAR_KEY);
    return loadOne(context, ['bars', args, wanted.words], symbol, (symbols) => this.bars.pages(symbols, args, wanted));
  }

  @ResolveField('daily', () => DailyBarConnection, { description: 'Daily bars, from the continuous aggregate.' })
  dailyOf(
    @Parent() symbol: DirectoryRow,
    @Args() args: DailyArgs,
    @Context() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ArrayPage<DailyBar>> {
    const wanted = wantedOf(info, columnsOf(DailyBar), DAILY_KEY);
    return loadOne(context, ['daily', args, wanted.words], symbol, (symbols) =>
      this.daily.pages(symbols, args, wanted),
    );
  }

  @ResolveField('gaps', () => GapReport, { description: 'Days that ought to have a bar and have none.' })
  gaps(@Parent() symbol: DirectoryRow, @Args() args: GapsArgs, @Context() context: GraphqlContext): Promise<GapReport> {
    return loadOne(context, ['gaps', args], symbol, (symbols) => this.gapsQueries.reports(symbols, args));
  }
}

/** What a page of daily bars says beside its rows. */
@Resolver(() => DailyBarConnection)
export class DailyBarConnectionResolver {
  constructor(private readonly aggregate: DailyAggregate) {}

  @ResolveField('freshness')
  freshness(): Promise<Freshness> {
    return this.aggregate.freshness();
  }
}
