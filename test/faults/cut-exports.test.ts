import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { countRows } from '../support/columnar.js';
import { afterwards, Api } from './support/api.js';
import { Cluster } from './support/cluster.js';
import { FaultProxy } from './support/proxy.js';
import { figure, until } from './support/wait.js';

const SYMBOLS = Array.from({ length: 60 }, (_, i) => `S${i}`);
const ROWS = 60 * 3653;
const exported = (format: string): string =>
  `/v1/market-data/bars?symbols=${SYMBOLS.join()}&start=2015-01-01&end=2024-12-31&limit=all&format=${format}`;
const FORMATS = ['arrow', 'parquet'] as const;

let cluster: Cluster;
let database: FaultProxy;
let network: FaultProxy;
let api: Api;
beforeAll(async () => {
  cluster = await Cluster.start();
  // Digits of chance, which Parquet cannot make small: megabytes of either format, sent over many writes.
  await cluster.admin((client) =>
    client.query(`
      insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, vwap, timeframe, source)
      select 'S' || s, day + interval '21 hours', 50 + random()::numeric(20, 8), 100 + random()::numeric(20, 8),
        1 + random()::numeric(20, 8), 50 + random()::numeric(20, 8), (random() * 1e15)::bigint,
        50 + random()::numeric(20, 8), '1d', 'made to be cut'
      from generate_series(0, 59) s, generate_series('2015-01-01Z'::timestamptz, '2024-12-31Z', interval '1 day') day`),
  );
  database = await FaultProxy.before(cluster.port);
  api = await Api.start(cluster.url(database.port));
  network = await FaultProxy.before(api.port);
  await afterwards(api, cluster, 20_000);
}, 300_000);
afterEach(() => {
  for (const proxy of [database, network]) {
    proxy.resetAfter = null;
    proxy.closes = false;
  }
});
afterAll(async () => {
  await network?.close();
  await api?.stop();
  await database?.close();
  await cluster?.remove();
});

/** What of an answer arrived, and whether HTTP says that it is whole. */
interface Arrived {
  readonly status: number | undefined;
  readonly id: string | undefined;
  readonly whole: boolean;
  readonly bytes: Buffer;
}

function receive(path: string, port: number): Promise<Arrived> {
  return new Promise((resolve, reject) => {
    let begun = false;
    request({ host: '127.0.0.1', port, path, agent: false }, (answer) => {
      begun = true;
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part)).on('error', () => undefined);
      answer.once('close', () =>
        resolve({
          status: answer.statusCode,
          id: answer.headers['x-request-id'] as string,
          whole: answer.complete,
          bytes: Buffer.concat(parts),
        }),
      );
    })
      // A reset is told to the answer, too, which then closes.
      .on('error', (error) => begun || reject(error))
      .end();
  });
}

const exports = async (): Promise<number> =>
  (await cluster.backends('active')).filter(({ application }) => application === 'tetra-export').length;

describe.each(FORMATS)('a large export as %s', (format) => {
  const path = exported(format);
  let size = 0;
  beforeAll(async () => {
    const whole = await receive(path, network.port);
    expect([whole.status, whole.whole, countRows(whole.bytes, format)]).toEqual([200, true, ROWS]);
    size = whole.bytes.length;
    expect(size).toBeGreaterThan(4_000_000);
  });

  it.each([
    ['reset', 0.05],
    ['reset', 0.3],
    ['closed', 0.05],
    ['closed', 0.3],
  ])('whose connection is %s after %s of it is seen to be broken, and frees the database', async (how, part) => {
    network.closes = how === 'closed';
    network.resetAfter = Math.floor(size * part);
    const cut = await receive(path, network.port);
    expect([cut.status, cut.whole]).toEqual([200, false]);
    expect(cut.bytes.length).toBeGreaterThan(0);
    expect(cut.bytes.length).toBeLessThanOrEqual(size * part);
    const freed = await until('no export runs', async () => (await exports()) === 0, 5000);
    await until('it is in the log', () => api.requests().some(({ id }) => id === cut.id));
    // The server had not sent all of it: it noticed, and did not read to the end for nobody.
    expect(api.requests().find(({ id }) => id === cut.id)).toMatchObject({ status: 499 });
    figure(`${format} export ${how} after ${part} of it`, {
      'bytes received': cut.bytes.length,
      'database free ms': freed,
    });
  });

  it.each([0.5, 0.7, 0.9])('whose database is gone after %s of its rows is seen to be broken', async (part) => {
    const { length } = (await receive(exported('csv'), api.port)).bytes;
    database.resetAfter = Math.floor(length * part);
    const cut = await receive(path, api.port);
    // The first rows of a Parquet file are sent when there are enough of them: until then there is a status to say it.
    expect([cut.status, cut.whole]).toEqual(cut.status === 503 ? [503, true] : [200, false]);
    expect(cut.bytes.length).toBeGreaterThan(0);
    expect(cut.bytes.length).toBeLessThan(size);
    figure(`${format} export, database reset after ${part} of its rows`, {
      'bytes received': cut.bytes.length,
      'recovery ms': await afterwards(api, cluster),
    });
  });
});

it('a Parquet file is none without its end, wherever it was cut', async () => {
  const { bytes } = await receive(exported('parquet'), api.port);
  // A stream of Arrow may be read up to where it was cut: of it, HTTP alone tells.
  for (const length of [bytes.length * 0.1, bytes.length * 0.5, bytes.length - 1])
    expect(() => countRows(bytes.subarray(0, Math.floor(length)), 'parquet')).toThrow();
});
