import { type Expression, type RawBuilder, sql } from 'kysely';
import { LIMITS } from '../base/limits.js';
import { type Column, undeclared } from './columns.js';
import { STATE } from './database-state.js';
import { placeholder, placeholderList } from './template.js';

/**
 * A statement that reads a page. Its first row says what it saw (see {@link STATE}) and has nulls elsewhere; the others
 * have a null there, then their values as text, in their order.
 * @param rows     yields the columns by their wire names
 * @param columns  those that are read
 */
export function pageStatement(rows: Expression<unknown>, columns: readonly Column[]): RawBuilder<unknown> {
  const nulls = columns.map(({ name }) => sql`null as ${sql.ref(name)}`);
  return sql`
    select ${sql.join([sql`${STATE} as state`, ...nulls])}
    union all
    select ${sql.join([sql`null`, ...columns.map(valueOf)])} from ${rows} as q`;
}

/** A statement that reads all rows, without what it saw: for who tags none of them. */
export function rowsStatement(rows: Expression<unknown>, columns: readonly Column[]): RawBuilder<unknown> {
  return sql`select ${sql.join(columns.map(valueOf))} from ${rows} as q`;
}

/**
 * The same for several owners, the list `owners`, whose rows follow each other: each has its owner's place, from 1,
 * before its values. There are at most `limit` of them in all; with null as limit it reads all.
 */
export function ownersStatement(
  rows: (owner: Expression<string>) => Expression<unknown>,
  columns: readonly Column[],
): RawBuilder<unknown> {
  return sql`
    select ${sql.join([sql`s.place`, ...columns.map(valueOf)])}
    from unnest(${placeholderList('owners')}) with ordinality as s (owner, place)
      cross join lateral ${rows(sql.ref('s.owner'))} as q
    limit ${placeholder('limit')}::bigint`;
}

/**
 * The same as {@link pageStatement} for several owners, whose rows follow each other: after the state each row has its
 * owner's place, from 1, in the list `owners`.
 */
export function pagesStatement(
  rows: (owner: Expression<string>) => Expression<unknown>,
  columns: readonly Column[],
): RawBuilder<unknown> {
  const nulls = columns.map(({ name }) => sql`null as ${sql.ref(name)}`);
  return sql`
    select ${sql.join([sql`${STATE} as state`, sql`null as place`, ...nulls])}
    union all
    select ${sql.join([sql`null`, sql`s.place`, ...columns.map(valueOf)])}
    from unnest(${placeholderList('owners')}) with ordinality as s (owner, place)
      cross join lateral ${rows(sql.ref('s.owner'))} as q`;
}

/** Bytes of the long texts of a row and of those before it, see {@link withinBytes}. */
export const TEXT_BYTES = undeclared('textBytes', 'bigint');

/**
 * Rows up to the one with which long texts exceed {@link LIMITS.pageBytes}: it is not of the page any more and says
 * that there is a next one, but the first row always is. Texts beyond that are null, and so is a text of the first row
 * beyond {@link LIMITS.textBytes}; {@link TEXT_BYTES} tells. PostgreSQL knows how long a text is without reading it.
 */
export function withinBytes(
  rows: Expression<unknown>,
  columns: readonly Column[],
  texts: readonly Column[],
): Expression<unknown> {
  const most = sql`case sized.place_in_page when 1 then ${sql.lit(LIMITS.textBytes)} else ${sql.lit(LIMITS.pageBytes)} end`;
  return sql`(
    select ${sql.join(sizedValues(columns, texts, most))}
    from (
      select p.*, ${bytesOf(texts)} as own_bytes, sum(${bytesOf(texts)}) over (rows unbounded preceding) as text_bytes,
        row_number() over () as place_in_page
      from ${rows} as p) as sized
    where sized.place_in_page <= 2 or sized.text_bytes - sized.own_bytes <= ${sql.lit(LIMITS.pageBytes)})`;
}

/**
 * Rows with {@link TEXT_BYTES}, the bytes of the long texts of all of them; where these are more than `bytes`, each of
 * the texts is null, so that none is read.
 */
export function withTexts(
  rows: Expression<unknown>,
  columns: readonly Column[],
  texts: readonly Column[],
  bytes: number,
): Expression<unknown> {
  return sql`(
    select ${sql.join(sizedValues(columns, texts, sql`${bytes}`))}
    from (select p.*, sum(${bytesOf(texts)}) over () as text_bytes from ${rows} as p) as sized)`;
}

/** The values of a row `sized`, its long texts only where {@link TEXT_BYTES} are no more than `most`; then these. */
function sizedValues(
  columns: readonly Column[],
  texts: readonly Column[],
  most: RawBuilder<unknown>,
): RawBuilder<unknown>[] {
  const values = columns.map((column) => {
    const value = sql`${sql.ref(`sized.${column.name}`)}`;
    if (!texts.includes(column)) return value;
    return sql`case when sized.text_bytes <= ${most} then ${value} end as ${sql.ref(column.name)}`;
  });
  return [...values, sql`sized.text_bytes`];
}

/** Bytes of the long texts of a row `p`. */
function bytesOf(texts: readonly Column[]): RawBuilder<number> {
  const bytes = texts.map(({ name }) => sql`coalesce(octet_length(${sql.ref(`p.${name}`)}), 0)`);
  return sql<number>`${bytes.length === 0 ? sql`0` : sql.join(bytes, sql` + `)}`;
}

/** A value whose text is nearly what is sent. */
function valueOf({ name, kind }: Column): RawBuilder<unknown> {
  return kind === 'texts' ? sql`to_json(${sql.ref(`q.${name}`)})` : sql.ref(`q.${name}`);
}

/**
 * The columns that a page reads: those that are shown, then those of its order that are not.
 * @param known  where the latter may be declared; others are texts
 */
export function columnsRead(
  shown: readonly Column[],
  key: readonly string[],
  known: readonly Column[] = [],
): readonly Column[] {
  const hidden = key.filter((name) => !shown.some((column) => column.name === name));
  return [...shown, ...hidden.map((name) => known.find((column) => column.name === name) ?? undeclared(name, 'text'))];
}
