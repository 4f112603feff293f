import type pg from 'pg';
import type { Random } from '../../../src/setup/sample/random.js';
import { chance, dayAfter } from './seed.js';

/** Days from one observation to the next, by the native frequency. */
export const STEPS: Record<string, number> = {
  DAILY: 1,
  WEEKLY: 7,
  BIWEEKLY: 14,
  MONTHLY: 30.44,
  QUARTERLY: 91.31,
  YEARLY: 365.25,
};

/** An even and an odd series of each frequency. */
export const SERIES = Object.keys(STEPS).flatMap((name) => [`${name}.EVEN`, `${name}.ODD`]);

/**
 * An even series is as FRED has it; an odd one has holes, two values on some days, times of day and values without a
 * number.
 */
export async function insertSeries(sql: pg.Client, id: string, rng: Random): Promise<void> {
  const step = STEPS[id.split('.')[0]!]!;
  const odd = id.endsWith('ODD');
  const rows: { at: string; value: string }[] = [];
  for (let n = 0; n < 300; n++) {
    let day = dayAfter('2001-01-05', Math.round(n * step));
    if (step > 20) day = `${day.slice(0, 8)}01`;
    if (odd && chance(rng, 0.1)) continue;
    const value = (): string => (odd && chance(rng, 0.02) ? 'NaN' : (rng.next() * 1000 + 1).toFixed(rng.integer(0, 8)));
    const clock = odd && chance(rng, 0.2) ? `T${String(rng.integer(1, 23)).padStart(2, '0')}:30:00Z` : 'T00:00:00Z';
    rows.push({ at: day + clock, value: value() });
    if (odd && chance(rng, 0.1)) rows.push({ at: `${day}T23:59:59.5Z`, value: value() });
  }
  if (odd && chance(rng, 0.5)) rows.push({ at: '12000-01-01T00:00:00Z', value: '1' });
  await sql.query(
    `insert into economic_data.economic_data
       (symbol, date, value, is_preliminary, revision_date, created_at, updated_at)
     select $1, o.at, o.value, o.n % 5 = 0, case when o.n % 7 = 0 then o.at + interval '40 days 1 microsecond' end,
       o.at + interval '1 day' * (o.n % 45), o.at + interval '1 day' * (o.n % 45 + case when o.n % 11 = 0 then o.n end)
     from unnest($2::timestamptz[], $3::numeric[]) with ordinality as o (at, value, n) on conflict do nothing`,
    [id, rows.map(({ at }) => at.replace('12000-01-01T', '12000-01-01 ')), rows.map(({ value }) => value)],
  );
}
