import pg from 'pg';
import { applySetup } from '../../../src/setup/apply.js';
import type { Connect } from '../../../src/setup/daily-refresh.js';
import { asAdmin, stopJobs } from '../../support/database.js';

/** A database of a test's own on the server with TimescaleDB, set up as db/ says. */
export interface Scratch {
  readonly url: string;
  readonly client: pg.Client;
  readonly connect: Connect;
  /** The first row of a statement. */
  one<Row extends object>(text: string): Promise<Row>;
}

/** Makes a database, works in it, and drops it. */
export async function inScratch(
  server: string,
  what: string,
  work: (scratch: Scratch) => Promise<void>,
): Promise<void> {
  const name = `tetra_ops_${process.pid}_${what}`;
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href;
  await asAdmin(server, (client) => client.query(`create database ${name}`));
  try {
    await asAdmin(url, async (client) => {
      await client.query(`set timezone = 'UTC'`);
      await applySetup(client);
      await stopJobs(client);
      const connect: Connect = async () => {
        const more = new pg.Client({ connectionString: url, options: '-c TimeZone=UTC -c DateStyle=ISO' });
        more.on('error', () => undefined);
        await more.connect();
        return more;
      };
      const one = async <Row extends object>(text: string): Promise<Row> => (await client.query<Row>(text)).rows[0]!;
      await work({ url, client, connect, one });
    });
  } finally {
    await asAdmin(server, (client) => client.query(`drop database if exists ${name} with (force)`));
  }
}

/** Hourly bars of three symbols, from six of a day's 24 hours, over the last `months`; whole numbers that differ. */
export async function insertBars(client: pg.Client, months: number): Promise<void> {
  await client.query(
    `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, vwap, timeframe, source)
     select s, t, 100 + n, 110 + n, 90 + n, 105 + n, 1000 + n, 101 + n, '1h', 'test'
     from generate_series(date_trunc('day', now()) - interval '${months} months', now() - interval '2 days', interval '1 hour') as t,
       unnest(array['AAA', 'BBB', 'CCC']) as s, lateral (select (extract(epoch from t)::bigint / 3600 + ascii(s)) % 37 as n) as n
     where extract(hour from t) between 14 and 19 and extract(isodow from t) < 6`,
  );
}

/** Every bar that is anywhere, the hypertable's before the archive's, and every stored day: counts and digests. */
export async function everything({ one }: Pick<Scratch, 'one'>): Promise<{ bars: string; days: string }> {
  const { archive } = await one<{ archive: boolean }>(
    `select to_regclass('market_data.ohlcv_archive') is not null as archive`,
  );
  const columns =
    'symbol, timestamp, open, high, low, close, volume, vwap, timeframe, source, created_at, updated_at, id';
  const all = archive
    ? `(select distinct on (symbol, timestamp) ${columns} from (
         select 1 as side, ${columns} from market_data.ohlcv union all select 2, ${columns} from market_data.ohlcv_archive) as either
       order by symbol, timestamp, side)`
    : `(select ${columns} from market_data.ohlcv)`;
  const digest = (relation: string): string =>
    `(select count(*) || ' rows, ' || coalesce(sum(hashtextextended(t::text, 0)), 0) from ${relation} as t)`;
  return one(`select ${digest(all)} as bars, ${digest('market_data.ohlcv_daily')} as days`);
}
