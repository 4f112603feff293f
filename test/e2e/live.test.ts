import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { EventSource } from 'eventsource';
import pg from 'pg';
import { EventClient } from '../support/event-stream.js';
import { type LiveBar, LiveMarket, minute } from '../support/live.js';

interface Skipped {
  readonly symbols: readonly string[];
  readonly reason: string;
  readonly at_most?: number;
  readonly after?: string;
  readonly before?: string;
  readonly updated_after?: string;
}

const SYMBOLS = Array.from({ length: 12 }, (_, n) => `L${n}`);

let market: LiveMarket;
beforeAll(async () => {
  market = await LiveMarket.start(SYMBOLS.length);
}, 60_000);
afterAll(() => market.stop());

describe('GET /v1/market-data/stream', () => {
  it('begins with what is listened to and the newest bar of each symbol, as latest answers it', async () => {
    const client = await EventClient.open(market.stream('L1', 'L0', 'NOPE'));
    await client.until(() => client.of('bar').length === 2);
    const [start, first, second] = client.events;
    expect(client.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    expect(client.text).toMatch(/^retry: \d+\n\n/);
    expect(start).toMatchObject({ name: 'start', data: '{"query":{"symbols":["L0","L1"]},"unknown":["NOPE"]}' });
    const latest = async (symbol: string, query = ''): Promise<string> =>
      /^\{"data":(.*),"meta"/.exec((await market.api.get(`/v1/market-data/latest/${symbol}${query}`)).text)![1]!;
    expect([first!.data, second!.data]).toEqual([await latest('L0'), await latest('L1')]);
    client.close();
    const fewer = await EventClient.open(`${market.stream('L0')}&fields=close,timestamp&numbers=string`);
    await fewer.until(() => fewer.of('bar').length === 1);
    expect(fewer.events.at(-1)!.data).toBe(await latest('L0', '?fields=close,timestamp&numbers=string'));
    fewer.close();
  });

  it('sends a bar that is new, one that was changed, and the one before where the newest was deleted', async () => {
    const client = await EventClient.open(market.stream('L2'));
    const bars = (): LiveBar[] => client.of<LiveBar>('bar');
    const seen = (): [string, number][] => bars().map(({ timestamp, volume }) => [timestamp, volume]);
    await client.until(() => bars().length === 1);
    await market.write('L2', 1, 10);
    await client.until(() => bars().length === 2);
    await market.write('L2', 1, 11);
    await client.until(() => bars().length === 3);
    await market.admin.query("delete from market_data.ohlcv where symbol = 'L2' and timestamp = $1", [minute(1)]);
    await client.until(() => bars().length === 4);
    const at = [minute(0), minute(1)].map((text) => text.replace('.000', ''));
    expect(seen()).toEqual([
      [at[0], 0],
      [at[1], 10],
      [at[1], 11],
      [at[0], 0],
    ]);
    client.close();
  });

  it('says nothing of a write that changes nothing, nor of other symbols', async () => {
    const client = await EventClient.open(market.stream('L3'));
    await client.until(() => client.of('bar').length === 1);
    await market.write('L3', 0, 0);
    await market.write('L4', 1, 1);
    await market.write('L3', 1, 5);
    await client.until(() => client.of('bar').length === 2);
    expect(client.of<LiveBar>('bar').at(-1)).toMatchObject({ symbol: 'L3', volume: 5 });
    client.close();
  });

  it('of 500 new bars each is sent once, in order, or lies in a range that is said to be skipped', async () => {
    const symbols = SYMBOLS.slice(5, 10);
    const client = await EventClient.open(market.stream(...symbols));
    await client.until(() => client.of('bar').length === symbols.length);
    for (let n = 1; n <= 100; n++) for (const symbol of symbols) await market.write(symbol, n, n);
    const bars = (): LiveBar[] => client.of<LiveBar>('bar').slice(symbols.length);
    await client.until(() =>
      symbols.every((symbol) => bars().findLast((bar) => bar.symbol === symbol)?.volume === 100),
    );
    const skipped = client.of<Skipped>('skipped').filter(({ reason }) => reason === 'too_many');
    let accounted = 0;
    for (const symbol of symbols) {
      const sent = bars().flatMap((bar) => (bar.symbol === symbol ? [bar.volume] : []));
      expect(sent).toEqual([...new Set(sent)].sort((a, b) => a - b));
      const within = skipped.filter((each) => each.symbols.includes(symbol));
      for (let n = 1; n <= 100; n++) {
        const at = Date.parse(minute(n));
        const isSkipped = within.some(({ after, before }) => at > Date.parse(after!) && at < Date.parse(before!));
        expect([sent.includes(n), isSkipped]).toContain(true);
        expect(sent.includes(n)).not.toBe(isSkipped);
        accounted += 1;
      }
    }
    expect(accounted).toBe(500);
    client.close();
  });

  it('of 500 versions of one bar each is sent, or counted among those that were overwritten', async () => {
    const client = await EventClient.open(market.stream('L10'));
    await client.until(() => client.of('bar').length === 1);
    for (let n = 1; n <= 500; n++) await market.write('L10', 0, n);
    const volumes = (): number[] => client.of<LiveBar>('bar').map(({ volume }) => volume);
    await client.until(() => volumes().at(-1) === 500);
    const sent = volumes().slice(1);
    const atMost = client.of<Skipped>('skipped').reduce((sum, { reason, at_most }) => {
      expect(reason).toBe('overwritten');
      return sum + at_most!;
    }, 0);
    expect(sent).toEqual([...new Set(sent)].sort((a, b) => a - b));
    expect(sent.length).toBeLessThanOrEqual(500);
    // Other databases of the server have transactions, too.
    expect(sent.length + atMost).toBeGreaterThanOrEqual(500);
    client.close();
  });

  it('goes on after Last-Event-ID, without what the client has', async () => {
    const [first, other] = await Promise.all([
      EventClient.open(market.stream('L11', 'L0')),
      EventClient.open(market.stream('L11')),
    ]);
    await first.until(() => first.of('bar').length === 2);
    const id = first.lastId!;
    first.close();
    for (const volume of [1, 2, 3]) await market.write('L11', volume, volume);
    await other.until(() => other.of<LiveBar>('bar').at(-1)?.volume === 3);
    other.close();
    const back = await EventClient.open(market.stream('L11', 'L0'), { 'last-event-id': id });
    await back.until(() => back.of<LiveBar>('bar').at(-1)?.volume === 3);
    expect(back.of<LiveBar>('bar').map(({ symbol, volume }) => [symbol, volume])).toEqual([
      ['L11', 1],
      ['L11', 2],
      ['L11', 3],
    ]);
    expect(back.of('skipped')).toEqual([]);
    back.close();
  });

  it('catches up with what was written while nobody listened', async () => {
    const first = await EventClient.open(market.stream('L1'));
    await first.until(() => first.lastId !== undefined);
    first.close();
    await market.write('L1', 7, 7);
    const back = await EventClient.open(market.stream('L1'), { 'last-event-id': first.lastId! });
    await back.until(() => back.of('bar').length === 1);
    expect(back.of('bar')).toEqual([expect.objectContaining({ symbol: 'L1', volume: 7 })]);
    back.close();
  });

  it('begins anew after an id of another process, and says since when changes may be missing', async () => {
    const id = `abcdefgh.12.${Date.parse('2026-01-02T00:01:00Z')}`;
    const client = await EventClient.open(market.stream('L0'), { 'last-event-id': id });
    await client.until(() => client.of('bar').length === 1);
    expect(client.of('skipped')).toEqual([
      { symbols: ['L0'], reason: 'not_kept', updated_after: '2026-01-02T00:00:00Z' },
    ]);
    client.close();
    const odd = await EventClient.open(market.stream('L0'), { 'last-event-id': '0 or 1=1' });
    await odd.until(() => odd.of('bar').length === 1);
    expect(odd.of('skipped')).toEqual([]);
    odd.close();
  });

  it.each([
    ['symbols=NOPE', {}, 404, 'symbol_not_found'],
    ['symbols=', {}, 400, 'invalid_parameter'],
    ['', {}, 400, 'invalid_parameter'],
    ['symbols=L0&limit=1', {}, 400, 'unknown_parameter'],
    ['symbols=L0&fields=nope', {}, 400, 'invalid_parameter'],
    [`symbols=${Array.from({ length: 1001 }, (_, n) => n).join()}`, {}, 400, 'limit_exceeded'],
    ['symbols=L0', { accept: 'application/json' }, 406, 'not_acceptable'],
  ])('refuses what is not good, case %#', async (query, headers, status, code) => {
    const answer = await market.api.get(`/v1/market-data/stream?${query}`, headers);
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([status, code]);
  });

  it('answers HEAD with the headers alone', async () => {
    const answer = await fetch(market.stream('L0'), { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(await answer.text()).toBe('');
  });

  it('is never compressed', async () => {
    const client = await EventClient.open(market.stream(...SYMBOLS), { 'accept-encoding': 'br, gzip' });
    await client.until(() => client.of('bar').length === SYMBOLS.length);
    expect(client.response.headers['content-encoding']).toBeUndefined();
    client.close();
  });
});

describe('real clients', () => {
  it('EventSource is told of each change', async () => {
    const source = new EventSource(market.stream('L0'));
    const told: string[] = [];
    const bar = Promise.withResolvers<null>();
    source.addEventListener('start', () => void market.write('L0', 30, 30));
    source.addEventListener('bar', ({ data }: { data: string }) => {
      told.push(data);
      if ((JSON.parse(data) as LiveBar).volume === 30) bar.resolve(null);
    });
    await bar.promise;
    source.close();
    expect(told).toHaveLength(2);
  });

  it('curl -N shows each event as it comes', async () => {
    const curl = spawn('curl', ['-sN', market.stream('L9')]);
    let text = '';
    const came = Promise.withResolvers<null>();
    let wrote = false;
    curl.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (!wrote && text.includes('event: bar')) {
        wrote = true;
        void market.write('L9', 200, 999);
      }
      if (text.includes('"volume":999')) came.resolve(null);
    });
    await came.promise;
    curl.kill();
    expect(text.match(/^event: bar$/gm)!.length).toBeGreaterThanOrEqual(2);
  });
});

it('a look that waited long is not followed by a long pause', async () => {
  const held = await LiveMarket.start(1, { DATABASE_LOCK_TIMEOUT_MS: '4000' });
  const client = await EventClient.open(held.stream('L0'));
  await client.until(() => client.of('bar').length === 1);
  const { host, port, user, password, database } = held.admin;
  const other = new pg.Client({ host, port, user: user!, password: password!, database: database! });
  await other.connect();
  await other.query('begin; lock table market_data.ohlcv in access exclusive mode');
  // Without something written nobody looks at bars.
  await held.admin.query(`insert into news.news_articles (title, url, source, published_at)
    values ('One', 'https://news.example/1', 'test', now())`);
  await client.until(() => client.of('stale').length === 1);
  await other.query('rollback');
  await other.end();
  await held.write('L0', 1, 77);
  await client.until(() => client.of<LiveBar>('bar').at(-1)!.volume === 77);
  expect(client.of('live')).toHaveLength(1);
  client.close();
  await held.stop();
});
