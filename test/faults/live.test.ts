import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { EventClient } from '../support/event-stream.js';
import { afterwards, Api } from './support/api.js';
import { Cluster } from './support/cluster.js';
import { figure, until } from './support/wait.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start();
});
afterAll(() => cluster?.remove());

const stream = ({ port }: Api, symbols: readonly string[]): Promise<EventClient> =>
  EventClient.open(`http://127.0.0.1:${port}/v1/market-data/stream?symbols=${symbols.join()}`);

/** Writes to the newest bar of AAPL. */
async function write(volume: number): Promise<void> {
  await cluster.admin((client) =>
    client.query(
      `update market_data.ohlcv set volume = $1 where symbol = 'AAPL'
       and timestamp = (select max(timestamp) from market_data.ohlcv where symbol = 'AAPL' and timestamp < now())`,
      [volume],
    ),
  );
}

const volumes = (client: EventClient): number[] => client.of<{ volume: number }>('bar').map(({ volume }) => volume);

it('SIGTERM sends listeners away with a time to come back, and fails nobody else', async () => {
  const api = await Api.start(cluster.url(), { SHUTDOWN_DRAIN_MS: '500', SHUTDOWN_TIMEOUT_MS: '10000' });
  const clients = await Promise.all(Array.from({ length: 100 }, () => stream(api, ['AAPL', 'KO'])));
  await Promise.all(clients.map((client) => client.until(() => client.of('bar').length === 2)));
  const others: Promise<number>[] = [];
  const ended = api.stop();
  while (!api.output.some((line) => line.includes('draining'))) {
    others.push(api.call('/v1/market-data/daily/AAPL?limit=500').then(({ status }) => status));
    await new Promise(setImmediate);
  }
  others.push(api.call('/v1/market-data/latest/AAPL').then(({ status }) => status));
  expect(await ended).toEqual({ code: 0, signal: null });
  await Promise.all(clients.map((client) => client.end()));
  for (const client of clients) {
    const last = client.events.at(-1)!;
    const { retry_ms: retry } = JSON.parse(last.data) as { retry_ms: number };
    expect([last.name, retry >= 1000 && retry <= 5000, client.text.includes(`retry: ${retry}\n`)]).toEqual([
      'end',
      true,
      true,
    ]);
  }
  expect(new Set(await Promise.all(others))).toEqual(new Set([200]));
  expect(api.output.some((line) => line.includes('still running'))).toBe(false);
  const lines = api.requests().filter(({ route }) => route === '/v1/market-data/stream');
  expect([lines.length, new Set(lines.map(({ status }) => status))]).toEqual([100, new Set([200])]);
});

it('listeners stay when the database is lost, are told so, and then of what was written meanwhile', async () => {
  const api = await Api.start(cluster.url(), { LIVE_POLL_MS: '100' });
  const client = await stream(api, ['AAPL']);
  await client.until(() => volumes(client).length === 1);
  await write(1);
  await client.until(() => volumes(client).at(-1) === 1);
  await cluster.kill('SIGKILL');
  await client.until(() => client.of('stale').length === 1);
  // Whoever comes now is told as well, where its symbols are known.
  const late = await stream(api, ['AAPL']);
  await late.until(() => late.of('stale').length === 1);
  expect(volumes(late)).toEqual([1]);
  await cluster.restart();
  await write(2);
  await Promise.all([client, late].map((each) => each.until(() => volumes(each).at(-1) === 2)));
  expect([client.of('live').length, late.of('live').length]).toEqual([1, 1]);
  client.close();
  late.close();
  await afterwards(api, cluster);
  await api.stop();
});

it('a listener that does not read is dropped within its bytes, and the others are told everything', async () => {
  const count = 1000;
  await cluster.admin((client) =>
    client.query(
      `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
     select 'L' || n, date_trunc('day', now()) - interval '1 day', 1, 2, 1, 1.5, 0, '1d', 'test'
     from generate_series(0, $1::int - 1) as n`,
      [count],
    ),
  );
  const update = (volume: number): Promise<unknown> =>
    cluster.admin((client) =>
      client.query("update market_data.ohlcv set volume = $1 where symbol like 'L%'", [volume]),
    );
  const symbols = Array.from({ length: count }, (_, n) => `L${n}`);
  const api = await Api.start(cluster.url(), { LIVE_POLL_MS: '50', LIVE_MAX_BYTES: '300000' });
  const reads = await stream(api, symbols);
  await reads.until(() => reads.of('bar').length === count);
  const stalled = connect(api.port, '127.0.0.1', () => {
    stalled.write(`GET /v1/market-data/stream?symbols=${symbols.join()} HTTP/1.1\r\nHost: x\r\n\r\n`);
    stalled.pause();
  });
  const listeners = async (): Promise<number> =>
    Number(/^tetra_live_listeners (\d+)$/m.exec((await api.call('/metrics')).text)![1]);
  await until('both listen', async () => (await listeners()) === 2);
  let round = 0;
  await until(
    'the one is dropped',
    async () => {
      await update(++round);
      return (await listeners()) === 1;
    },
    120_000,
  );
  await update(1_000_000);
  const told = new Set<string>();
  await reads.until(() => {
    for (const { name, data } of reads.events.splice(0)) {
      const bar = name === 'bar' ? (JSON.parse(data) as { symbol: string; volume: number }) : null;
      if (bar?.volume === 1_000_000) told.add(bar.symbol);
    }
    return told.size === count;
  });
  const dropped = api.requests().filter(({ reason }) => /too slowly/.test(String(reason)));
  expect(dropped).toEqual([expect.objectContaining({ route: '/v1/market-data/stream', status: 499 })]);
  figure('stalled listener', { rounds: round, 'bytes taken': Number(dropped[0]!.bytes) });
  stalled.destroy();
  reads.close();
  await afterwards(api, cluster);
  await api.stop();
}, 180_000);
