import { describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { build } from '../database/build.js';
import { daysWindow } from '../database/time.js';
import { NewsPart } from './news.model.js';
import { articles, articlesByRank } from './news.sql.js';

const window = daysWindow(20_392, 20_421);
const searchIn = Object.values(NewsPart);
const text = (rows: ReturnType<typeof articles>): string => sql`${rows}`.compile(build).sql;

describe('statements of news', () => {
  it('read the text of articles only where it is asked for', () => {
    expect(text(articles(window, { searchIn }, null, false, 10))).not.toContain('content');
    expect(text(articles(window, { searchIn }, null, true, 10))).toContain('"article"."content"');
  });

  it('search the named parts only, in a fixed order', () => {
    const found = text(articles(window, { searchIn: ['content', 'title'], query: 'oil' }, null, false, 10));
    expect(found).not.toContain('description, ');
    expect(found.indexOf('article.title')).toBeLessThan(found.indexOf('article.content'));
  });

  it('go on after a key by comparing whole rows', () => {
    const newest = text(articles(window, { searchIn }, ['2025-10-31T00:00:00Z', 'id'], false, 10));
    expect(newest).toContain('(article.published_at, article.id) < (');
    const best = text(articlesByRank(window, { searchIn, query: 'oil' }, ['0.1', 't', 'id'], false, 10));
    expect(best).toContain('(article.rank, article.published_at, article.id) < (');
  });

  it('keep what a client writes out of their text', () => {
    const { sql: statement, parameters } = sql`${articles(
      window,
      { searchIn, query: "'; drop", author: "o'x", sources: ["s'"] },
      null,
      false,
      10,
    )}`.compile(build);
    expect(statement).not.toMatch(/drop|o'x|s'"/);
    expect(parameters).toEqual(expect.arrayContaining(["'; drop", "o'x", ["s'"]]));
  });
});
