import { Args, Context, ID, Info, Int, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { storable } from '../../base/identifiers.js';
import { selectionOf } from '../../graphql/raw-lists.js';
import { Selected } from '../../graphql/selected.js';
import { type GraphqlContext, loadOne } from '../../graphql/loaders.js';
import { type CountedPage, listPage, type Page } from '../../lists/page.js';
import { Selection } from '../../lists/selection.js';
import { Bar, BarConnection, BarsArgs, LatestArgs, LatestOfArgs, LatestResult } from './bars.model.js';
import { type BarPage, BarsQueries } from './bars.queries.js';
import type { DailyPageOf } from './indicators.resolver.js';
import { INTERVAL_KEY } from './interval-bars.queries.js';
import { DailyArgs, DailyBar, DailyBarConnection, DailyOfArgs, type Freshness, MarketDayArgs } from './daily.model.js';
import { DAILY_KEY, DailyQueries } from './daily.queries.js';
import type { DirectoryRow } from './directory.js';
import { barOf, LatestBars } from './latest.queries.js';
import { CoverageArgs, CoverageConnection, GapReport, GapsArgs } from './gaps.model.js';
import { type CoveragePage, GapsQueries } from './gaps.queries.js';
import { SymbolDirectory } from './symbol-directory.js';
import { MarketSymbol, SymbolConnection, SymbolsArgs } from './symbols.model.js';
import { SymbolsQueries } from './symbols.queries.js';
import { Database } from '../../postgres/database.js';
import { columnsOf } from '../../contract/wire.js';
import { LIMITS } from '../../base/limits.js';

const lookup = (symbol: string): string => storable('symbol', symbol, LIMITS.symbolLength);

/** The market data entrances of GraphQL. */
@Resolver()
export class MarketDataResolver {
  constructor(
    private readonly db: Database,
    private readonly directory: SymbolDirectory,
    private readonly symbolsQueries: SymbolsQueries,
    private readonly newest: LatestBars,
    private readonly daily: DailyQueries,
  ) {}

  @Query(() => MarketSymbol, { nullable: true, description: 'One symbol; null where there is no such symbol.' })
  async symbol(
    @Args('symbol', { description: 'The symbol, as the pipeline writes it.' }) symbol: string,
    @Context() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<DirectoryRow | null> {
    const found = await loadOne(context, ['symbol'], lookup(symbol), async (symbols) => {
      const rows = await this.directory.findAll(symbols);
      return symbols.map((name) => rows.get(name) ?? null);
    });
    if (!found) await context.answer.hint(info.path, 'symbol', symbol, (name) => this.directory.suggest(name));
    return found;
  }

  @Query(() => SymbolConnection, { nullable: true, description: 'The symbols, in alphabetical order.' })
  async symbols(@Args() args: SymbolsArgs): Promise<CountedPage<DirectoryRow>> {
    return Object.assign(await this.symbolsQueries.page(args, 'after'), { search: args.search });
  }

  @Query(() => [LatestResult], {
    nullable: true,
    description: 'The newest bars of several symbols, in the order of the request.',
  })
  async latest(
    @Args() args: LatestOfArgs,
    @Context() { answer }: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<LatestResult[]> {
    const bars = await this.newest.of(args.symbols, args);
    const lacking = args.symbols.filter((symbol) => !bars.has(symbol));
    const known = lacking.length === 0 ? bars : await this.directory.findAll(lacking);
    for (const symbol of lacking) {
      if (!known.has(symbol)) await answer.hint(info.path, 'symbols', symbol, (name) => this.directory.suggest(name));
    }
    return args.symbols.map((symbol) => ({ symbol, bar: barOf(bars.get(symbol)) }));
  }

  @Query(() => DailyBarConnection, {
    nullable: true,
    description: 'The daily bars of the whole market, or of some symbols, on one day.',
  })
  async marketDay(
    @Args() args: MarketDayArgs,
    @Context() { answer }: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<DailyBar> & { unknown: string[] | null; freshness: Freshness }> {
    const { unknown } = args.symbols ? await this.directory.resolve(args.symbols) : { unknown: null };
    const list = await this.daily.marketDay(args, 'after');
    const selection = selectionOf(info, columnsOf(DailyBar), list.key, answer.numbers);
    const page = await listPage<DailyBar>(this.db, list, args.first as number, selection);
    return Object.assign(page, { unknown, freshness: list.freshness });
  }

  @Query(() => DailyBarConnection, {
    name: 'daily',
    nullable: true,
    description: 'The daily bars of several symbols over a window, symbol by symbol in alphabetical order.',
  })
  async dailyOf(
    @Args() args: DailyOfArgs,
    @Context() { answer }: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<DailyBar> & { unknown: string[]; freshness: Freshness }> {
    const { rows, unknown } = await this.directory.resolve(args.symbols);
    const list = await this.daily.list(rows, args, 'after');
    const selection = selectionOf(info, columnsOf(DailyBar), list.key, answer.numbers);
    const page = await listPage<DailyBar>(this.db, list, args.first as number, selection);
    return Object.assign(page, { unknown, freshness: list.freshness });
  }
}

/** The coverage of the market. */
@Resolver()
export class CoverageResolver {
  constructor(private readonly gaps: GapsQueries) {}

  @Query(() => CoverageConnection, {
    nullable: true,
    description: 'How complete the days of each symbol are, of the whole market or of some symbols.',
  })
  coverage(@Args() args: CoverageArgs): Promise<CoveragePage> {
    return this.gaps.coverage(args, 'after');
  }
}

/** What a page of symbols says beside its rows. */
@Resolver(() => SymbolConnection)
export class SymbolConnectionResolver {
  constructor(private readonly symbols: SymbolsQueries) {}

  @ResolveField('totalCount', () => Int, {
    nullable: true,
    description: 'How many symbols the search finds on all pages.',
  })
  totalCount(@Parent() { search }: CountedPage<MarketSymbol>): Promise<number> {
    return this.symbols.count(search);
  }
}

/** The fields of a symbol; the symbols of one operation share one statement per field. */
@Resolver(() => MarketSymbol)
export class SymbolResolver {
  constructor(
    private readonly bars: BarsQueries,
    private readonly newest: LatestBars,
    private readonly daily: DailyQueries,
    private readonly gapsQueries: GapsQueries,
    private readonly symbols: SymbolsQueries,
  ) {}

  @ResolveField('id', () => ID, { description: 'The symbol again: what caches of clients know it by.' })
  id(@Parent() { symbol }: DirectoryRow): string {
    return symbol;
  }

  @ResolveField('isContinuous')
  async isContinuous(@Parent() symbol: DirectoryRow, @Context() context: GraphqlContext): Promise<boolean | null> {
    return (await this.#described(symbol, context)).isContinuous;
  }

  @ResolveField('hasEnded')
  async hasEnded(@Parent() symbol: DirectoryRow, @Context() context: GraphqlContext): Promise<boolean> {
    return (await this.#described(symbol, context)).hasEnded;
  }

  @ResolveField('priceDecimals')
  async priceDecimals(@Parent() symbol: DirectoryRow, @Context() context: GraphqlContext): Promise<number | null> {
    return (await this.#described(symbol, context)).priceDecimals;
  }

  @ResolveField('timeframes')
  async timeframes(@Parent() symbol: DirectoryRow, @Context() context: GraphqlContext): Promise<string[]> {
    return (await this.#described(symbol, context)).timeframes;
  }

  @ResolveField('sources')
  async sources(@Parent() symbol: DirectoryRow, @Context() context: GraphqlContext): Promise<string[]> {
    return (await this.#described(symbol, context)).sources;
  }

  @ResolveField('asOf')
  async asOf(@Parent() symbol: DirectoryRow, @Context() context: GraphqlContext): Promise<string> {
    return (await this.#described(symbol, context)).asOf;
  }

  #described(symbol: DirectoryRow, context: GraphqlContext): Promise<MarketSymbol> {
    return loadOne(context, ['described'], symbol, (symbols) => this.symbols.describe(symbols));
  }

  @ResolveField('latest', () => Bar, { nullable: true, description: 'The newest bar, whatever its age.' })
  latest(
    @Parent() symbol: DirectoryRow,
    @Args() args: LatestArgs,
    @Context() context: GraphqlContext,
  ): Promise<Bar | null> {
    return loadOne(context, ['latest', args], symbol.symbol, async (symbols) => {
      const bars = await this.newest.of(symbols, args);
      return symbols.map((name) => barOf(bars.get(name)));
    });
  }

  @ResolveField('bars', () => BarConnection, {
    nullable: true,
    description: 'Bars: stored ones, or those of an interval that are made of them.',
  })
  barsOf(
    @Parent() symbol: DirectoryRow,
    @Args() args: BarsArgs,
    @Context() context: GraphqlContext,
    @Selected(Bar, INTERVAL_KEY) selection: Selection,
  ): Promise<BarPage> {
    return loadOne(context, ['bars', args, selection.cacheKey], symbol, (symbols) =>
      this.bars.pages(symbols, args, selection),
    );
  }

  @ResolveField('daily', () => DailyBarConnection, {
    nullable: true,
    description: 'Daily bars, from the continuous aggregate.',
  })
  dailyOf(
    @Parent() symbol: DirectoryRow,
    @Args() args: DailyArgs,
    @Context() context: GraphqlContext,
    @Selected(DailyBar, DAILY_KEY) selection: Selection,
  ): Promise<DailyPageOf> {
    return loadOne(context, ['daily', args, selection.cacheKey], symbol, async (symbols) => {
      const pages = await this.daily.pages(symbols, args, selection);
      return pages.map((page, i) => Object.assign(page, { of: symbols[i]! }));
    });
  }

  @ResolveField('gaps', () => GapReport, {
    nullable: true,
    description: 'Days that ought to have a bar and have none.',
  })
  gaps(@Parent() symbol: DirectoryRow, @Args() args: GapsArgs, @Context() context: GraphqlContext): Promise<GapReport> {
    return loadOne(context, ['gaps', args], symbol, (symbols) => this.gapsQueries.reports(symbols, args));
  }
}
