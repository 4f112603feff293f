import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asBytes, batchesOf, readColumnar } from '../support/columnar.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';

const ROWS = 200_000;
let database: TestDatabase;
let api: TestApp;
let url: string;
beforeAll(async () => {
  database = await createDatabase();
  await asAdmin(database.urls.admin, async (client) => {
    await client.query(
      `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, vwap, timeframe, source)
       select 'TICK', '2025-10-30Z'::timestamptz + n * interval '100 ms', 1.00000001, 999999999999.99999999, 0.5, 2, n,
         case when n % 3 > 0 then n / 7.0 end, '1s', repeat('x', 50)
       from generate_series(1, ${ROWS}) n`,
    );
    await client.query(
      `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, vwap, timeframe, source)
       select 'HUGE', '2025-10-30Z'::timestamptz + n * interval '1 hour', 1, 9, 1, 2, 9000000000000000000, 'NaN', '1h',
         's'
       from generate_series(1, 2) n`,
    );
  });
  api = await startApp(database.urls.reader);
  await api.app.listen(0, '127.0.0.1');
  url = await api.app.getUrl();
}, 60_000);
afterAll(async () => {
  api.app.getHttpServer().closeAllConnections();
  await api.close();
  await database.drop();
});

const TICKS = '/v1/market-data/bars/TICK?start=2025-10-30&end=2025-10-30';

/** Processes of the database that run an export now. */
async function exporting(): Promise<number> {
  const { rows } = await asAdmin(database.urls.admin, (client) =>
    client.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and application_name = 'tetra-export' and state = 'active'`,
    ),
  );
  return rows[0]!.n;
}

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (await done()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('It never came.');
}

describe.each(['arrow', 'parquet'])('an export as %s', (format) => {
  it('has every row to the last digit', async () => {
    const reply = await asBytes(api.get(`${TICKS}&format=${format}`)).expect(200);
    const { rows } = readColumnar(reply);
    expect(rows).toHaveLength(ROWS);
    let [vwaps, units, volumes, fits] = [0, 0n, 0n, true];
    for (const [i, row] of rows.entries()) {
      if (row.vwap !== null) vwaps += 1;
      const [whole = '', part = ''] = String(row.vwap ?? '0').split('.');
      units += BigInt(whole + part.padEnd(8, '0'));
      volumes += BigInt(String(row.volume));
      fits &&= row.high === '999999999999.99999999' && row.open === '1.00000001' && row.volume === String(i + 1);
    }
    const { rows: sums } = await asAdmin(database.urls.admin, (client) =>
      client.query(
        `select count(vwap)::int as vwaps, (sum(vwap) * 1e8)::bigint::text as units, sum(volume)::text as volumes
         from market_data.ohlcv where symbol = 'TICK'`,
      ),
    );
    expect({ vwaps, units: String(units), volumes: String(volumes), fits }).toEqual({ ...sums[0], fits: true });
    if (format === 'arrow') expect(batchesOf(reply.body as Buffer).length).toBeGreaterThan(5);
  }, 180_000);

  it('frees the database when its client leaves, and others go on', async () => {
    const leave = new AbortController();
    const reply = await fetch(`${url}${TICKS}&format=${format}`, { signal: leave.signal });
    await reply.body!.getReader().read();
    const other = asBytes(api.get(`${TICKS}&format=${format}&limit=10`));
    leave.abort();
    expect(readColumnar(await other.expect(200)).rows).toHaveLength(10);
    await until(async () => (await exporting()) === 0);
  });

  it('is cut off where the database breaks, so that nobody takes it for whole', async () => {
    const reply = await fetch(`${url}${TICKS}&format=${format}`, { headers: { 'accept-encoding': 'identity' } });
    const reader = reply.body!.getReader();
    await reader.read();
    await asAdmin(database.urls.admin, (admin) =>
      admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'tetra-export'`,
      ),
    );
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toThrow();
  });

  it('refuses what is not exact in its type, says why, and has it as text', async () => {
    const huge = `/v1/market-data/daily/HUGE?start=2025-10-30&end=2025-10-30&format=${format}`;
    const { body } = await api.get(huge).expect(400);
    expect(body).toMatchObject({
      code: 'limit_exceeded',
      param: 'format',
      detail: 'volume has a value that is not exact as int64: 18000000000000000000.',
      hint: expect.stringContaining('numbers=string'),
    });
    const texts = await asBytes(api.get(`${huge}&numbers=string`)).expect(200);
    expect(readColumnar(texts).rows).toMatchObject([{ volume: '18000000000000000000' }]);
  });

  it('has null for NaN, as other formats', async () => {
    const path = '/v1/market-data/bars/HUGE?start=2025-10-30&end=2025-10-30';
    const reply = await asBytes(api.get(`${path}&format=${format}`)).expect(200);
    expect(readColumnar(reply).rows.map(({ vwap, volume }) => [vwap, volume])).toEqual([
      [null, '9000000000000000000'],
      [null, '9000000000000000000'],
    ]);
  });

  it('has the texts of other formats where numbers are strings', async () => {
    const path = '/v1/market-data/bars/HUGE?start=2025-10-30&end=2025-10-30&numbers=string';
    const reply = await asBytes(api.get(`${path}&format=${format}`)).expect(200);
    const { body } = await api.get(path).expect(200);
    const numbers = ({ open, high, volume, vwap }: Record<string, unknown>): unknown[] => [open, high, volume, vwap];
    expect(readColumnar(reply).rows.map(numbers)).toEqual((body.data as Record<string, unknown>[]).map(numbers));
    expect(readColumnar(reply).rows[0]).toMatchObject({ open: '1', vwap: null });
  });
});

it('many at a time share one thread and are all right', async () => {
  const paths = Array.from({ length: 12 }, (_, i) => `${TICKS}&limit=500&format=${i % 2 ? 'arrow' : 'parquet'}`);
  const replies = await Promise.all(paths.map((path) => asBytes(api.get(path)).expect(200)));
  const first = readColumnar(replies[0]!).rows;
  for (const reply of replies) expect(readColumnar(reply).rows).toEqual(first);
});
