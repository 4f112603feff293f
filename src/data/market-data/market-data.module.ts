import { Module } from '@nestjs/common';
import { DailyAggregate } from './aggregate.js';
import { BarArchive } from './archive.js';
import { KindsOfBars } from './bar-kinds.js';
import { Board } from './board.js';
import { BoardController } from './board.controller.js';
import { BoardQueries } from './board.queries.js';
import { BoardResolver } from './board.resolver.js';
import { Breadth } from './breadth.js';
import { BreadthQueries } from './breadth.queries.js';
import { BarsController } from './bars.controller.js';
import { BarsQueries } from './bars.queries.js';
import { BarChanges } from './changes.js';
import { Chunks } from './chunks.js';
import { ClosesQueries } from './closes.queries.js';
import { CompareController } from './compare.controller.js';
import { CompareQueries } from './compare.queries.js';
import { CompareResolver } from './compare.resolver.js';
import { ConditionController } from './condition.controller.js';
import { ConditionQueries } from './condition.queries.js';
import { ConditionResolver } from './condition.resolver.js';
import { DailyController } from './daily.controller.js';
import { DailyHistories } from './daily-histories.js';
import { DailyQueries } from './daily.queries.js';
import { Derivations } from './derivations.js';
import { DirectoryReader } from './directory.js';
import { GapsController } from './gaps.controller.js';
import { GapsQueries } from './gaps.queries.js';
import { IndicatorRows } from './indicator-rows.js';
import { IntervalBars } from './interval-bars.queries.js';
import { LatestBars } from './latest.queries.js';
import { LiveController } from './live.controller.js';
import { LiveBars } from './live.js';
import { LiveResolver } from './live.resolver.js';
import { StatisticsController } from './statistics.controller.js';
import { StatisticsQueries } from './statistics.queries.js';
import { StatisticsResolver } from './statistics.resolver.js';
import { QualityController } from './quality.controller.js';
import { QualityQueries } from './quality.queries.js';
import { QualityResolver } from './quality.resolver.js';
import { SymbolDirectory } from './symbol-directory.js';
import { DailyIndicatorsResolver } from './indicators.resolver.js';
import { CoverageResolver, MarketDataResolver, SymbolConnectionResolver, SymbolResolver } from './symbol.resolver.js';
import { SymbolsController } from './symbols.controller.js';
import { SymbolsQueries } from './symbols.queries.js';
import { TimeZones } from './time-zones.js';
import { UnstoredDays } from './unstored-days.js';
import { WatchedBars } from './watched-bars.js';

/** The schema `market_data`: symbols, bars, daily bars, gaps. */
@Module({
  controllers: [
    SymbolsController,
    BarsController,
    LiveController,
    DailyController,
    GapsController,
    BoardController,
    CompareController,
    StatisticsController,
    ConditionController,
    QualityController,
  ],
  providers: [
    BarArchive,
    BarChanges,
    Chunks,
    UnstoredDays,
    DailyAggregate,
    DirectoryReader,
    SymbolDirectory,
    KindsOfBars,
    SymbolsQueries,
    TimeZones,
    Derivations,
    IntervalBars,
    BarsQueries,
    LatestBars,
    WatchedBars,
    LiveBars,
    LiveResolver,
    DailyQueries,
    IndicatorRows,
    GapsQueries,
    DailyHistories,
    Board,
    BoardQueries,
    Breadth,
    BreadthQueries,
    BoardResolver,
    ClosesQueries,
    CompareQueries,
    StatisticsQueries,
    ConditionQueries,
    ConditionResolver,
    QualityQueries,
    QualityResolver,
    MarketDataResolver,
    CoverageResolver,
    SymbolResolver,
    SymbolConnectionResolver,
    DailyIndicatorsResolver,
    CompareResolver,
    StatisticsResolver,
  ],
  exports: [BarArchive, BarsQueries, DailyAggregate, KindsOfBars, LiveBars, SymbolDirectory, SymbolsQueries],
})
export class MarketDataModule {}
