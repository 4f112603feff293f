import { type RawBuilder, sql } from 'kysely';
import { formatInstant, parseDay, parseInstant, startOfDay } from '../../base/time.js';

/** The end, exclusive, of what is known as of a day, which counts whole, or of an instant, which counts too. */
export function knownBefore(asOf: string): string {
  const day = parseDay(asOf);
  return formatInstant(day === null ? parseInstant(asOf)! + 1n : startOfDay(day + 1));
}

/**
 * The observations that a statement reads: all, as they are; or those that the table already had at an instant. It
 * keeps one vintage: a row that was written again since, by its own account or by that of its revision, has neither the
 * value of then nor what was said of it, and is `revised_later`. One whose `created_at` is null was never known.
 * @param before  the end of what was known, exclusive, as text; null for everything
 */
export function observationsKnown(before: string | null): RawBuilder<unknown> {
  if (before === null) return sql`economic_data.economic_data`;
  const end = sql`${before}::timestamptz`;
  const then = (column: string): RawBuilder<unknown> =>
    sql`case when not w.revised_later then ${sql.ref(`w.${column}`)} end as ${sql.ref(column)}`;
  return sql`(
    select w.symbol, w.date, ${then('value')}, ${then('is_preliminary')}, ${then('revision_date')}, w.source,
      w.created_at, ${then('updated_at')}, w.revised_later
    from (
      select k.*, coalesce(k.revision_date >= ${end}, false) or coalesce(k.updated_at >= ${end}, false) as revised_later
      from economic_data.economic_data as k
      where k.created_at < ${end}
    ) as w
  )`;
}
