import { describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { readFileSync } from 'node:fs';
import { build } from '../../sql/build.js';
import { daysWindow } from '../../base/time.js';
import { indexStatements, type Search } from './document.js';
import { NewsPart } from './news.model.js';
import { articles, articlesByRank } from './news.sql.js';

const window = daysWindow(20_392, 20_421);
const text = (rows: ReturnType<typeof articles>): string => sql`${rows}`.compile(build).sql;
const ten = sql.val(10);
const filter = { indexed: false };

function oil(...searchIn: NewsPart[]): Search {
  return { alternatives: [{ english: "('oil')", simple: null }], searchIn, indexed: false };
}

describe('statements of news', () => {
  it('read the text of articles only where it is asked for', () => {
    expect(text(articles(window, filter, 'desc', null, false, ten))).not.toContain('content');
    expect(text(articles(window, filter, 'desc', null, true, ten))).toContain('"article"."content"');
  });

  it('search the named parts only, in a fixed order', () => {
    const found = text(articles(window, { ...filter, search: oil('content', 'title') }, 'desc', null, false, ten));
    expect(found).not.toContain('article.description, ');
    expect(found.indexOf('article.title')).toBeLessThan(found.indexOf('article.content'));
  });

  it('go on after a key by comparing whole rows', () => {
    const newest = text(articles(window, filter, 'desc', ['2025-10-31T00:00:00Z', 'id'], false, ten));
    expect(newest).toContain('(article.published_at, article.id) < (');
    const oldest = text(articles(window, filter, 'asc', ['2025-10-31T00:00:00Z', 'id'], false, ten));
    expect(oldest).toContain('(article.published_at, article.id) > (');
    const search = oil('title');
    const best = text(articlesByRank(window, { ...filter, search }, ['0.1', 't', 'id'], false, ten));
    expect(best).toContain('(article.rank, article.published_at, article.id) < (');
  });

  it('keep what a client writes out of their text', () => {
    const { sql: statement, parameters } = sql`${articles(
      window,
      { ...filter, symbol: "A'; drop", author: "o'x", sources: ["s'"] },
      'desc',
      null,
      false,
      ten,
    )}`.compile(build);
    expect(statement).not.toMatch(/drop|o'x|s'"/);
    expect(parameters).toEqual(expect.arrayContaining([expect.stringContaining('drop'), "o'x", ["s'"]]));
  });
});

describe('the indexes of db/optional/news-search.sql', () => {
  it('are of the very documents that are searched', () => {
    const file = readFileSync('db/optional/news-search.sql', 'utf8').replaceAll(/--.*$/gm, '');
    const plain = (statement: string): string => statement.replaceAll(/\s+/g, '').replaceAll('"', '').toLowerCase();
    for (const statement of indexStatements()) expect(plain(file)).toContain(plain(statement));
  });
});
