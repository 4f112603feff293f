import { sql } from 'kysely';
import * as catalog from '../../data/catalog/catalog.sql.js';
import { Observation } from '../../data/economic-data/observations.model.js';
import * as observations from '../../data/economic-data/observations.sql.js';
import { SeriesEntry } from '../../data/economic-data/series.model.js';
import * as series from '../../data/economic-data/series.sql.js';
import { EventValue, FinancialEvent } from '../../data/events/events.model.js';
import * as events from '../../data/events/events.sql.js';
import * as monitoring from '../../operations/monitoring/monitoring.sql.js';
import * as upkeep from '../../operations/monitoring/upkeep.sql.js';
import { Article, NewsSource } from '../../data/news/news.model.js';
import * as news from '../../data/news/news.sql.js';
import * as search from '../../data/news/search.sql.js';
import * as values from '../../sql/values.js';
import { asRows, type Examples, october, page, raw, rendering } from '../../contract/examples.js';

const wanted = [{ seriesId: 'PAYEMS', window: october, fewest: 3 }];
const uuid = '00000000-0000-4000-8000-000000000000';
const instant = '2025-10-06T14:30:00.123456Z';
const rates = {
  alternatives: [{ english: "('interest' <-> 'rate') & !('oil')", simple: null }],
  searchIn: ['title', 'content'] as const,
  indexed: false,
};
const att = {
  alternatives: [
    { english: "('earn')", simple: "('at' <-> 't')" },
    { english: null, simple: "('it')" },
  ],
  searchIn: ['title', 'description', 'content'] as const,
  indexed: true,
};
const filter = { sources: ['Reuters'], author: 'Jane Doe', indexed: false };

const SERIES: Examples<typeof series> = {
  series: { rows: asRows(series.series('pay', 'A', 101), SeriesEntry) },
  seriesOf: { rows: asRows(series.seriesOf(['PAYEMS']), SeriesEntry) },
  allNames: { rows: raw(series.allNames()) },
};

const OBSERVATIONS: Examples<typeof observations> = {
  observations: {
    levels_json: page(
      observations.observations(wanted, { units: 'lin', frequency: 'm', method: null }, 'asc', 101),
      ['at'],
      rendering(Observation, 'json'),
    ),
    year_ago_quarterly: page(
      observations.observations(wanted, { units: 'pc1', frequency: 'q', method: 'avg' }, 'desc', 101),
      ['at'],
      rendering(Observation, 'csv'),
    ),
  },
};

const NEWS: Examples<typeof news> = {
  articles: {
    json: page(
      news.articles(october, { ...filter, search: rates }, [instant, uuid], false, 101),
      ['published_at', 'id'],
      rendering(Article, 'json'),
    ),
  },
  articlesByRank: {
    rows: raw(
      sql`${news.articlesByRank(october, { ...filter, search: att, symbol: 'BRK.B', indexed: true }, ['0.1', instant, uuid], false, 101)}`,
    ),
  },
  articlesById: { rows: asRows(news.articlesById([uuid]), Article) },
  contents: { rows: raw(news.contents([uuid])) },
  sources: { rows: asRows(news.sources(october, ['0Reuters'], 101), NewsSource) },
};

const SEARCH: Examples<typeof search> = {
  readTerms: { rows: raw(search.readTerms(['AT&T', 'interest rates'])) },
  isIndexed: { row: raw(search.isIndexed()) },
  reachOf: { row: raw(search.reachOf(october, ['title', 'content'], 1_000_000)) },
};

const EVENTS: Examples<typeof events> = {
  events: {
    filtered: page(
      events.events(
        october,
        { types: ['earnings'], countries: ['US'], currencies: ['USD'], minImpact: 3, sort: 'asc' },
        sql.val('AAPL'),
        [instant, uuid],
        101,
      ),
      ['event_datetime', 'id'],
      rendering(FinancialEvent, 'json'),
    ),
  },
  eventsOf: { rows: asRows(events.eventsOf(['AAPL', 'MSFT'], october, { sort: 'desc' }, null, 101), FinancialEvent) },
  eventValues: { countries: asRows(events.eventValues('country', october, ['0DE'], 101), EventValue) },
  eventsById: { rows: asRows(events.eventsById([uuid]), FinancialEvent) },
};

const CATALOG: Examples<typeof catalog> = {
  relations: { rows: raw(catalog.relations(['market_data', 'derived'])) },
  extensionSchema: { row: raw(catalog.extensionSchema()) },
  approximateBars: { row: raw(catalog.approximateBars('public')) },
  chunks: { row: raw(catalog.chunks()) },
  bars: { row: raw(catalog.bars(october, october)) },
  plain: { news: raw(catalog.plain('news.news_articles')), events: raw(catalog.plain('events.event_data')) },
};

const MONITORING: Examples<typeof monitoring> = {
  server: { row: raw(monitoring.server()) },
  connections: { seen: raw(monitoring.connections(true)), unseen: raw(monitoring.connections(false)) },
  tables: { timescaledb: raw(monitoring.tables(true)), plain: raw(monitoring.tables(false)) },
  hypertables: { rows: raw(monitoring.hypertables()) },
  newestChunks: { rows: raw(monitoring.newestChunks()) },
  jobs: { rows: raw(monitoring.jobs()) },
  slowestStatements: { rows: raw(monitoring.slowestStatements()) },
};

// What it does with the answers is no statement.
const UPKEEP: Examples<Omit<typeof upkeep, 'columnFaults' | 'isUtcDay'>> = {
  upkeep: {
    seen: raw(upkeep.upkeep({ stats: true, log: true })),
    unseen: raw(upkeep.upkeep({ stats: false, log: false })),
  },
  slots: { rows: raw(upkeep.slots()) },
  columns: { rows: raw(upkeep.columns()) },
  hasRetention: { row: raw(upkeep.hasRetention()) },
  retention: { row: raw(upkeep.retention()) },
  oddRows: { rows: raw(upkeep.oddRows(october.to)) },
  buckets: { row: raw(upkeep.buckets()) },
};

const VALUES: Examples<typeof values> = {
  indexedValues: { event_types: raw(values.indexedValues('events.event_data', 'event_type', 5001)) },
  scannedValues: { countries: raw(values.scannedValues('events.event_data', 'country', 5001)) },
};

/** The statements of the other schemas, of the catalog and of the monitoring. */
export const OTHERS = {
  'economic-data/series': SERIES,
  'economic-data/observations': OBSERVATIONS,
  'news/news': NEWS,
  'news/search': SEARCH,
  'events/events': EVENTS,
  'catalog/catalog': CATALOG,
  'monitoring/database': MONITORING,
  'monitoring/upkeep': UPKEEP,
  'database/values': VALUES,
};
