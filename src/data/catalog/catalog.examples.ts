import { type Examples, octoberBars, raw } from '../../contract/examples.js';
import * as catalog from './catalog.sql.js';

/** The statements of the catalog, for their snapshots. */
export const EXAMPLES: Examples<typeof catalog> = {
  relations: { rows: raw(catalog.relations(['market_data', 'derived'])) },
  extensionSchema: { row: raw(catalog.extensionSchema()) },
  approximateBars: { row: raw(catalog.approximateBars('public')) },
  chunks: { row: raw(catalog.chunks()) },
  bars: { row: raw(catalog.bars(octoberBars, octoberBars)) },
  plain: { news: raw(catalog.plain('news.news_articles')), events: raw(catalog.plain('events.event_data')) },
};
