import { type RawBuilder, sql } from 'kysely';
import type { BarRange } from '../../sql/bars.js';
import type { Column } from '../../sql/columns.js';
import { STATE } from '../../sql/database-state.js';
import { placeholder, placeholderList } from '../../sql/template.js';
import { bars } from './bars.sql.js';

/**
 * The newest bars of each of the symbols `owners` that begin at its instant of the list `since` or later, the newest
 * first and at most `limit` of each. The first row says what the statement saw (see {@link STATE}); the others have a
 * null there, then the place of their symbol, from 1, then their values. Where nothing at all was written since it saw
 * `before`, there are no others, and no bar is looked at.
 */
export function newBars(range: BarRange, columns: readonly Column[]): RawBuilder<unknown> {
  const nulls = columns.map(({ name }) => sql`null as ${sql.ref(name)}`);
  const values = columns.map(({ name }) => sql.ref(`q.${name}`));
  const own = bars(sql.ref('s.owner'), range, { since: sql.ref('s.since') }, 'desc', placeholder('limit'));
  return sql`
    select ${sql.join([sql`${STATE} as state`, sql`null as place`, ...nulls])}
    union all
    select ${sql.join([sql`null`, sql`s.place`, ...values])}
    from unnest(${placeholderList('owners')}, ${placeholder('since')}::timestamptz[])
        with ordinality as s (owner, since, place)
      cross join lateral ${own} as q
    where (select ${STATE}) is distinct from ${placeholder('before')}`;
}
