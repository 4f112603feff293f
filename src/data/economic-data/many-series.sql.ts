import { type Expression, type RawBuilder, sql } from 'kysely';
import type { SortDirection } from '../../contract/sort.js';
import { atMost, direction } from '../../sql/build.js';
import type { Align } from './many-series.model.js';

/** A date of several series: `date`, and `c1`, `c2` and so on in their order. */
export interface WideObservationRow {
  readonly date: string;
  readonly [column: `c${number}`]: string | null;
}

/** Which dates of several series are wanted, as days; the end is included. */
export interface Dates {
  readonly first: string;
  readonly last: string;
}

/**
 * The values of several series side by side. Of several observations of a series on one date the last counts; one that
 * is no number is a date without a value.
 * @param rows  observations with their `series_id`, each group of one transformation; for locf from the first one on
 */
export function wideObservations(
  rows: readonly Expression<unknown>[],
  ids: readonly string[],
  { first, last }: Dates,
  align: Align,
  sort: SortDirection,
  limit: RawBuilder<number> | null,
): Expression<WideObservationRow> {
  const name = (i: number): RawBuilder<unknown> => sql.id(`c${i + 1}`);
  const place = (i: number): RawBuilder<unknown> => sql.id(`n${i + 1}`);
  const values = ids.map((id, i) => sql`max(o.value) filter (where o.series_id = ${id}) as ${name(i)}`);
  const complete = sql`having count(o.value) = ${sql.lit(ids.length)}`;
  const wide = sql`
    select o.date, ${sql.join(values)}
    from (
      select distinct on (l.series_id, l.date) l.series_id, l.date, nullif(l.value, 'NaN') as value
      from (${sql.join(
        rows.map((each) => sql`select series_id, date, value, at from ${each} as each`),
        sql` union all `,
      )}) as l
      order by l.series_id, l.date, l.at desc
    ) as o
    group by o.date ${align === 'inner' ? complete : sql``}`;
  // The rows from one value up to the next share its place.
  const places = ids.map((_, i) => sql`count(w.${name(i)}) over (order by w.date) as ${place(i)}`);
  const carried = ids.map(
    (_, i) => sql`first_value(p.${name(i)}) over (partition by p.${place(i)} order by p.date) as ${name(i)}`,
  );
  const found =
    align === 'locf'
      ? sql`select p.date, ${sql.join(carried)} from (select w.*, ${sql.join(places)} from (${wide}) as w) as p`
      : wide;
  return sql<WideObservationRow>`(
    select f.*
    from (${found}) as f
    where f.date >= ${first} and f.date <= ${last}
    order by f.date ${direction(sort)}${atMost(limit)}
  )`;
}
