import { type RawBuilder, sql } from 'kysely';
import { build } from '../../sql/build.js';
import { NewsPart } from './news.model.js';
import { type Alternative, symbolPattern } from './search.js';

type Configuration = 'english' | 'simple';

/** Letters that are written without spaces between words: each is searched as a word, a word of them as a phrase. */
const CJK = String.raw`([\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff])`;

/** What separates words as they are written. */
const SIGNS = `!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~`;

/** The indexes of `db/optional/news-search.sql`; the number changes with the documents. */
export const INDEXES: Record<Configuration, string> = {
  english: 'news_articles_english_1',
  simple: 'news_articles_words_1',
};

/** A text without accents, as every PostgreSQL can make it; what is ASCII stays as it is, for less. */
function fold(text: RawBuilder<unknown>): RawBuilder<unknown> {
  const bare = sql`normalize(regexp_replace(normalize(${text}, NFKD), '[\\u0300-\\u036f]', '', 'g'), NFKC)`;
  const latin = sql`replace(translate(${bare}, 'øØłŁđĐ', 'oOlLdD'), 'ß', 'ss')`;
  return sql`case when octet_length(${text}) = length(${text}) then ${text} else regexp_replace(${latin}, ${sql.lit(CJK)}, ' \\1 ', 'g') end`;
}

/**
 * A text as a configuration reads it: words as they are written have no signs, so that they are the same everywhere.
 */
export function readable(text: RawBuilder<unknown>, configuration: Configuration): RawBuilder<unknown> {
  const folded = fold(text);
  return configuration === 'english'
    ? folded
    : sql`translate(${folded}, ${sql.lit(SIGNS)}, ${sql.lit(' '.repeat(SIGNS.length))})`;
}

/** A tsvector holds at most 1 MB, and PostgreSQL fails on a text that needs more. */
const PARTS: Record<NewsPart, { text: RawBuilder<unknown>; weight: string }> = {
  title: { text: sql`left(article.title, 10000)`, weight: 'A' },
  description: { text: sql`left(coalesce(article.description, ''), 10000)`, weight: 'B' },
  content: { text: sql`left(coalesce(article.content, ''), 100000)`, weight: 'C' },
};

/**
 * The parts of an article as one document; a match in the title weighs most. With all parts it is the expression of an
 * index, to the letter.
 */
export function document(configuration: Configuration, searchIn: readonly NewsPart[]): RawBuilder<unknown> {
  const parts = Object.values(NewsPart)
    .filter((part) => searchIn.includes(part))
    .map((part) => {
      const { text, weight } = PARTS[part];
      return sql`setweight(to_tsvector(${sql.lit(configuration)}, ${readable(text, configuration)}), ${sql.lit(weight)})`;
    });
  return sql`(${sql.join(parts, sql` || `)})`;
}

/** Which articles a search finds, and how well they match. */
export interface Search {
  readonly alternatives: readonly Alternative[];
  readonly searchIn: readonly NewsPart[];
  /** Whether the indexes are there: then the whole documents are matched, whose lexemes know their part. */
  readonly indexed: boolean;
}

const tsquery = (text: string): RawBuilder<unknown> => sql`${text}::tsquery`;

function documentOf(configuration: Configuration, { searchIn, indexed }: Search): RawBuilder<unknown> {
  return document(configuration, indexed ? Object.values(NewsPart) : searchIn);
}

/** Whether an article matches. */
export function matches(search: Search): RawBuilder<boolean> {
  const match = (configuration: Configuration, query: string): RawBuilder<unknown> =>
    sql`${documentOf(configuration, search)} @@ ${tsquery(query)}`;
  if (search.alternatives.every(({ simple }) => simple === null)) {
    return sql<boolean>`${match('english', any(search.alternatives, 'english'))}`;
  }
  const alternatives = search.alternatives.map(({ english, simple }) => {
    const both = [
      ...(english === null ? [] : [match('english', english)]),
      ...(simple === null ? [] : [match('simple', simple)]),
    ];
    return sql`(${sql.join(both, sql` and `)})`;
  });
  return sql<boolean>`(${sql.join(alternatives, sql` or `)})`;
}

function any(alternatives: readonly Alternative[], configuration: Configuration): string {
  return alternatives.flatMap((one) => (one[configuration] === null ? [] : [`(${one[configuration]})`])).join(' | ');
}

/** How well an article matches: `ts_rank_cd` of both documents, as NUMERIC the same number as its text. */
export function rank(search: Search): RawBuilder<string> {
  const ranks = (['english', 'simple'] as const).flatMap((configuration) => {
    const query = any(search.alternatives, configuration);
    return query === '' ? [] : [sql`ts_rank_cd(${documentOf(configuration, search)}, ${tsquery(query)})`];
  });
  return sql<string>`(${sql.join(ranks, sql` + `)})::numeric`;
}

/** Whether an article names a symbol as a whole word. */
export function names(symbol: string, indexed: boolean): RawBuilder<boolean> {
  const parts = Object.values(NewsPart).map((part) => sql`${PARTS[part].text} ~ ${symbolPattern(symbol)}::text`);
  const exactly = sql<boolean>`(${sql.join(parts, sql` or `)})`;
  const words = symbol.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  if (!indexed || words.length === 0) return exactly;
  const phrase = words.map((word) => `'${word.toLowerCase()}'`).join(' <-> ');
  return sql<boolean>`${document('simple', Object.values(NewsPart))} @@ ${tsquery(phrase)} and ${exactly}`;
}

/** The statements of `db/optional/news-search.sql`. */
export function indexStatements(): string[] {
  return (['english', 'simple'] as const).map((configuration) => {
    const text = sql`(${document(configuration, Object.values(NewsPart))})`.compile(build).sql;
    // An index has no alias for its table.
    const expression = text.replaceAll('article.', '');
    return `CREATE INDEX CONCURRENTLY IF NOT EXISTS ${INDEXES[configuration]} ON news.news_articles USING gin ${expression}`;
  });
}
