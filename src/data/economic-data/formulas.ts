import { type RawBuilder, sql } from 'kysely';
import { type Frequency, PER_YEAR, rateOf } from './frequency.js';
import type { Units } from './observations.model.js';

/** Decimals and significant digits of what is computed. */
const DECIMALS = 8;
const DIGITS = 30;
/** The largest double; beyond it a client's number is infinite, so that ours is null. */
export const LARGEST = sql`1.7976931348623157e308::numeric`;

/**
 * A value whose quotients have 45 decimals and not 16 digits: the 260th power of one still has its first thirty right.
 */
export const precise = (value: RawBuilder<unknown>): RawBuilder<unknown> => sql`round(${value}, 45)`;

/** What a double holds of a number; null for the rest, NaN and the infinities among it. */
export const bounded = (value: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`case when abs(${value}) <= ${LARGEST} then ${value} end`;

/**
 * FRED's formula for the units, of `x.value` and what it is compared with, `x.base`; null for division by zero and
 * for the logarithm of what is not positive.
 * Source: FRED help, "What formulas are used to calculate growth rates?"
 */
export function formula(units: Units, frequency: Frequency | null): RawBuilder<unknown> {
  const n = frequency && PER_YEAR[rateOf(frequency)];
  const perYear = sql`${sql.lit(n)}::numeric`;
  const ln = (x: RawBuilder<unknown>): RawBuilder<unknown> => sql`ln(case when ${x} > 0 then ${x} end)`;
  const [value, base] = [sql`x.value`, sql`x.base`];
  switch (units) {
    case 'lin':
      return value;
    case 'chg':
    case 'ch1':
      return sql`${value} - ${base}`;
    case 'pch':
    case 'pc1':
      return sql`(${value} - ${base}) * 100 / nullif(${base}, 0)`;
    case 'pca': {
      const ratio = sql`${precise(value)} / nullif(${base}, 0)`;
      // The power of anything larger is beyond a double, and far enough beyond it NUMERIC itself overflows.
      const most = sql`${sql.lit(n && Math.ceil(10 ** (308 / n) + 1))}::numeric`;
      return sql`(power(case when abs(${ratio}) <= ${most} then ${ratio} end, ${perYear}) - 1) * 100`;
    }
    case 'cch':
      return sql`(${ln(value)} - ${ln(base)}) * 100`;
    case 'cca':
      return sql`(${ln(value)} - ${ln(base)}) * 100 * ${perYear}`;
    case 'log':
      return ln(value);
  }
}

/** A computed value with at most {@link DECIMALS} and {@link DIGITS}. */
export function rounded(value: RawBuilder<unknown>): RawBuilder<string | null> {
  const whole = sql`length(trunc(abs(v.value))::text)`;
  return sql`(
    select trim_scale(round(v.value, least(${sql.lit(DECIMALS)}, ${sql.lit(DIGITS)} - ${whole})))
    from (select ${value} as value offset 0) as v
    where abs(v.value) <= ${LARGEST}
  )`;
}
