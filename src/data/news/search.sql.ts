import { type RawBuilder, sql } from 'kysely';
import { instantLiteral, textArray } from '../../sql/build.js';
import type { TimeWindow } from '../../base/time.js';
import { INDEXES, readable } from './document.js';
import { NewsPart } from './news.model.js';
import type { ReadTerm } from './search.js';

/** What PostgreSQL makes of the terms of a search, in their order. */
export function readTerms(terms: readonly string[]): RawBuilder<ReadTerm> {
  const query = (configuration: 'english' | 'simple'): RawBuilder<unknown> =>
    sql`phraseto_tsquery(${sql.lit(configuration)}, ${readable(sql`term.text`, configuration)})::text`;
  return sql<ReadTerm>`
    select ${query('english')} as english, ${query('simple')} as simple
    from unnest(${textArray(terms)}) with ordinality as term (text, place)
    order by term.place`;
}

/** Whether both indexes are there and whole. */
export function isIndexed(): RawBuilder<{ indexed: boolean }> {
  return sql`
    select count(*) = 2 as indexed
    from pg_index as i
    where i.indexrelid in (to_regclass(${`news.${INDEXES.english}`}), to_regclass(${`news.${INDEXES.simple}`}))
      and i.indisvalid`;
}

/** What reading an article costs beside its stored bytes, in bytes. */
const ARTICLE_OVERHEAD_BYTES = 400;

/** How far back from the end of a window articles can be read for a number of bytes; null where all of them can. */
export function reachOf(
  window: TimeWindow,
  searchIn: readonly NewsPart[],
  bytes: number,
): RawBuilder<{ from: string | null }> {
  const sizes = Object.values(NewsPart)
    .filter((part) => searchIn.includes(part))
    .map((part) => sql`coalesce(pg_column_size(${sql.ref(`article.${part}`)}), 0)`);
  const size = sql`${sql.lit(ARTICLE_OVERHEAD_BYTES)} + ${sql.join(sizes, sql` + `)}`;
  const newest = sql`
    select article.published_at, ${size} as size
    from news.news_articles as article
    where article.published_at >= ${instantLiteral(window.from)} and article.published_at < ${instantLiteral(window.to)}
    order by article.published_at desc
    limit ${sql.lit(Math.ceil(bytes / ARTICLE_OVERHEAD_BYTES) + 1)}`;
  const summed = sql`
    select newest.published_at,
      sum(newest.size) over (order by newest.published_at desc rows unbounded preceding) as bytes
    from (${newest}) as newest`;
  return sql`
    select to_char(
      max(summed.published_at) filter (where summed.bytes > ${sql.lit(bytes)}) at time zone 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
    ) as "from"
    from (${summed}) as summed`;
}
