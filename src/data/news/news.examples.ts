import { sql } from 'kysely';
import { type Examples, instant, most, october, page, raw, uuid, whole } from '../../contract/examples.js';
import { Article, NewsSource } from './news.model.js';
import * as news from './news.sql.js';

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

/** The statements of news, for their snapshots. */
export const EXAMPLES: Examples<typeof news> = {
  articles: {
    page: page(news.articles(october, { ...filter, search: rates }, 'desc', [instant, uuid], true, most), Article, [
      'published_at',
      'id',
    ]),
  },
  articlesByRank: {
    rows: raw(
      sql`${news.articlesByRank(october, { ...filter, search: att, symbol: 'BRK.B', indexed: true }, ['0.1', instant, uuid], false, most)}`,
    ),
  },
  articlesById: { rows: whole(news.articlesById([uuid]), Article) },
  contents: { rows: raw(sql`${news.contents([uuid])}`) },
  sources: { rows: whole(news.sources(october, ['0Reuters'], most), NewsSource) },
};
