import type pg from 'pg';
import type { Random } from '../../../src/setup/sample/random.js';
import { barOn, insertBars, SYMBOLS } from './market-data.js';
import { chance, dayAfter } from './seed.js';

/** A change of the data or of what is stored of the daily aggregate. */
export interface Step {
  readonly name: string;
  /** Whether rows change, so that an answer may lag behind for a moment. */
  readonly changes: boolean;
  readonly run: (context: StepContext) => Promise<void>;
}

export interface StepContext {
  readonly sql: pg.Client;
  readonly rng: Random;
  /** The day up to which there are bars. */
  readonly newest: string;
}

const AGGREGATE = `market_data.ohlcv_daily`;
const refresh = (from: string, to: string): string =>
  `call refresh_continuous_aggregate('${AGGREGATE}', ${from}, ${to})`;

/** Upstream's definition with another bucket. */
const recreated = (bucket: string): string => `
  create materialized view ${AGGREGATE} with (timescaledb.continuous) as
  select symbol, ${bucket} as day, first(open, timestamp) as open, max(high) as high, min(low) as low,
    last(close, timestamp) as close, sum(volume) as volume, avg(vwap) as vwap
  from market_data.ohlcv group by symbol, ${bucket} with no data`;

/** Bars of history that is only in the aggregate: their chunks were dropped after it was refreshed. */
export const DROPPED = `create schema if not exists oracle;
  create table if not exists oracle.dropped (like market_data.ohlcv)`;

/** History that a refresh deleted, since its bars were dropped, is no longer there to be compared with. */
async function forgetDeleted(sql: pg.Client): Promise<void> {
  await sql.query(`delete from oracle.dropped as d where not exists (select from ${AGGREGATE} as kept
    where kept.symbol = d.symbol and kept.day = date_trunc('day', d.timestamp, 'UTC'))`);
}

async function refreshed(sql: pg.Client, from: string, to: string): Promise<void> {
  await sql.query(refresh(from, to));
  await forgetDeleted(sql);
}

async function recreate(sql: pg.Client, bucket: string): Promise<void> {
  await sql.query(`drop materialized view ${AGGREGATE}`);
  await sql.query(recreated(bucket));
  await sql.query(`grant select on ${AGGREGATE} to tetra_reader`);
  // What only the old aggregate had is gone with it: the pipeline writes those bars again.
  await sql.query('insert into market_data.ohlcv select * from oracle.dropped on conflict do nothing');
  await sql.query('truncate oracle.dropped');
}

const correct: Step = {
  name: 'old bars are corrected',
  changes: true,
  run: async ({ sql, rng }) => {
    for (let n = rng.pick([1, 3, 44]); n > 0; n--) {
      await sql.query(
        `update market_data.ohlcv set close = low + (high - low) * $2::numeric, volume = volume + 1
         where (symbol, timestamp) = (select symbol, timestamp from market_data.ohlcv
           where symbol = $1 and isfinite(timestamp) order by md5(timestamp::text || $3::text) limit 1)`,
        [rng.pick(SYMBOLS), rng.next().toFixed(3), String(rng.integer(0, 9999))],
      );
    }
  },
};

const backfill: Step = {
  name: 'bars are back-filled, of a new symbol too',
  changes: true,
  run: async ({ sql, rng, newest }) => {
    const symbols = [rng.pick(SYMBOLS), `NEW${rng.integer(1, 9)}`];
    const bars = Array.from({ length: 20 }, () =>
      barOn(rng, rng.pick(symbols), dayAfter(newest, -rng.integer(0, 900))),
    );
    // A late bar on a day of which only the aggregate has the rest is another question: TimescaleDB forgets that rest.
    const { rows } = await sql.query<{ day: string }>(
      `select distinct to_char(timestamp at time zone 'UTC', 'YYYY-MM-DD') as day from oracle.dropped`,
    );
    const dropped = new Set(rows.map(({ day }) => day));
    await insertBars(
      sql,
      bars.filter(({ timestamp }) => !dropped.has(timestamp.slice(0, 10))),
    );
  },
};

const remove: Step = {
  name: 'a day of a symbol is deleted',
  changes: true,
  run: async ({ sql, rng }) => {
    await sql.query(
      `delete from market_data.ohlcv where symbol = $1 and date_trunc('day', timestamp, 'UTC') =
         (select date_trunc('day', timestamp, 'UTC') from market_data.ohlcv
          where symbol = $1 and isfinite(timestamp) order by md5(timestamp::text || $2::text) limit 1)`,
      [rng.pick(SYMBOLS), String(rng.integer(0, 99))],
    );
  },
};

const future: Step = {
  name: 'a bar in the far future comes or goes',
  changes: true,
  run: async ({ sql, rng }) => {
    const { rowCount } = await sql.query(`delete from market_data.ohlcv where symbol = 'FUTURE'`);
    if (rowCount) return;
    const year = rng.pick(['2099-05-04', '9999-12-30', '12000-05-04']);
    await sql.query(
      `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
       values ('FUTURE', $1::timestamptz, 1, 1, 1, 1, 1, '1d', 'alpha')`,
      [`${year} 00:00:00+00`],
    );
  },
};

/** What can happen on any PostgreSQL. */
export const PLAIN_STEPS: readonly Step[] = [correct, backfill, remove, future];

const onAggregate = (name: string, run: Step['run'], changes = false): Step => ({ name, changes, run });

/** What can happen to hypertable and aggregate. */
export const TIMESCALE_STEPS: readonly Step[] = [
  ...PLAIN_STEPS,
  onAggregate('the aggregate is refreshed whole', async ({ sql }) => refreshed(sql, 'null', 'null')),
  onAggregate('only the last days are refreshed', async ({ sql, newest }) => {
    await refreshed(sql, `'${dayAfter(newest, -3)}'`, `'${dayAfter(newest, 1)}'`);
  }),
  onAggregate('a stretch is refreshed', async ({ sql, rng, newest }) => {
    const from = dayAfter(newest, -rng.integer(30, 900));
    await refreshed(sql, `'${from}'`, `'${dayAfter(from, rng.integer(5, 200))}'`);
  }),
  onAggregate('real time is switched', async ({ sql, rng }) => {
    await sql.query(`alter materialized view ${AGGREGATE} set (timescaledb.materialized_only = ${chance(rng, 0.5)})`);
  }),
  onAggregate('old chunks are compressed', async ({ sql, rng, newest }) => {
    await sql.query(
      `select compress_chunk(c, if_not_compressed => true) from show_chunks('market_data.ohlcv', older_than => $1::timestamptz) as c`,
      [dayAfter(newest, -rng.integer(100, 600))],
    );
  }),
  onAggregate(
    'the aggregate is made anew',
    async ({ sql }) => recreate(sql, `time_bucket('1 day', timestamp)`),
    // History that was dropped is gone with the old one.
    true,
  ),
  onAggregate(
    'the aggregate has the days of another time zone',
    async ({ sql, rng }) => {
      await recreate(sql, `time_bucket('1 day', timestamp, '${rng.pick(['America/New_York', 'Asia/Tokyo'])}')`);
      await sql.query(refresh('null', 'null'));
    },
    true,
  ),
  onAggregate(
    'chunks are dropped after a refresh, and a stray old bar arrives',
    async ({ sql, rng, newest }) => {
      await recreate(sql, `time_bucket('1 day', timestamp)`);
      await sql.query(refresh('null', 'null'));
      const cutoff = dayAfter(newest, -rng.integer(100, 500));
      await sql.query(`insert into oracle.dropped select * from market_data.ohlcv`);
      await sql.query(`select drop_chunks('market_data.ohlcv', $1::timestamptz)`, [cutoff]);
      await sql.query(
        `delete from oracle.dropped as d using market_data.ohlcv as b where (d.symbol, d.timestamp) = (b.symbol, b.timestamp)`,
      );
      if (chance(rng, 0.6)) await insertBars(sql, [barOn(rng, 'A', `1970-0${rng.integer(1, 9)}-05`)]);
    },
    true,
  ),
];

/** Refreshes the whole history in stretches, newest first, as a policy with batches does, and calls back in between. */
export async function refreshInStretches(sql: pg.Client, newest: string, between: () => Promise<void>): Promise<void> {
  for (let back = 0; back < 1300; back += 325) {
    await sql.query(refresh(`'${dayAfter(newest, -back - 325)}'`, `'${dayAfter(newest, 1 - back)}'`));
    await between();
  }
}
