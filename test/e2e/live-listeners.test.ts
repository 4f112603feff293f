import { afterEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LiveBars } from '../../src/data/market-data/live.js';
import { EventClient } from '../support/event-stream.js';
import { type LiveBar, LiveMarket } from '../support/live.js';

let market: LiveMarket;
afterEach(() => market.stop());

/** How many listen, as the server counts them. */
const listeners = (): number => market.api.app.get(LiveBars).listeners.count;

/** Asks again and again, each time after a turn of the event loop. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}

describe('limits', () => {
  it('no more listen than may; a place is free again when one leaves, and data are answered all the while', async () => {
    market = await LiveMarket.start(1, { LIVE_MAX_LISTENERS: '3', CLIENT_SHARE: '1', MAX_REQUESTS: '1' });
    const clients: EventClient[] = [];
    for (let n = 0; n < 3; n++) clients.push(await EventClient.open(market.stream('L0')));
    expect(clients.map(({ response }) => response.statusCode)).toEqual([200, 200, 200]);
    const refused = await market.api.get('/v1/market-data/stream?symbols=L0');
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, expect.any(String)]);
    expect(refused.body).toMatchObject({ code: 'overloaded' });
    // Who listens is no request at work: only one may be.
    await market.api.get('/v1/market-data/latest/L0').expect(200);
    clients[0]!.close();
    await until(() => listeners() === 2);
    const next = await EventClient.open(market.stream('L0'));
    expect(next.response.statusCode).toBe(200);
  }, 60_000);

  it('a client that is alone leaves a tenth for others', async () => {
    market = await LiveMarket.start(1, { LIVE_MAX_LISTENERS: '10' });
    const clients = await Promise.all(Array.from({ length: 9 }, () => EventClient.open(market.stream('L0'))));
    expect(clients.every(({ response }) => response.statusCode === 200)).toBe(true);
    const refused = await market.api.get('/v1/market-data/stream?symbols=L0');
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, expect.any(String)]);
    expect(refused.body).toMatchObject({ code: 'rate_limited' });
  }, 60_000);

  it('where there are keys one is needed, and whose key is taken out is told no more', async () => {
    const home = mkdtempSync(join(tmpdir(), 'tetra-live-'));
    try {
      const file = join(home, 'keys');
      const line = (name: string): string => `${name}:${createHash('sha256').update(`key of ${name}`).digest('hex')}\n`;
      writeFileSync(file, line('alice') + line('bob'));
      market = await LiveMarket.start(1, { API_KEYS_FILE: file, HTTP_IDLE_TIMEOUT_MS: '1000' });
      const of = (name: string): Promise<EventClient> =>
        EventClient.open(market.stream('L0'), { 'x-api-key': `key of ${name}` });
      const [stranger, alice, bob] = await Promise.all([of('mallory'), of('alice'), of('bob')]);
      expect(stranger.response.statusCode).toBe(401);
      expect(alice.response.headers['cache-control']).toBe('no-store');
      writeFileSync(file, line('bob'));
      await alice.end();
      await market.write('L0', 1, 1);
      await bob.until(() => bob.of<LiveBar>('bar').at(-1)?.volume === 1);
      bob.close();
    } finally {
      rmSync(home, { recursive: true });
    }
  }, 60_000);
});

describe('a thousand listeners', () => {
  /** Calls of the reader's statements in this database, by whether they look for new bars. */
  async function calls(): Promise<{ looks: number; others: number }> {
    await market.admin.query('create extension if not exists pg_stat_statements');
    const { rows } = await market.admin.query<{ looks: number; others: number }>(
      `select coalesce(sum(calls) filter (where query ~ 'as s \\(owner, since, place\\)'), 0)::int as looks,
         coalesce(sum(calls) filter (where query !~ 'as s \\(owner, since, place\\)'), 0)::int as others
       from pg_stat_statements
       where dbid = (select oid from pg_database where datname = current_database())
         and userid = 'tetra_reader'::regrole`,
    );
    return rows[0]!;
  }

  it('cost the database one statement a look, and all are told', async () => {
    const pollMs = 200;
    market = await LiveMarket.start(10, { LIVE_POLL_MS: String(pollMs), LIVE_MAX_LISTENERS: '2000' });
    const symbols = Array.from({ length: 10 }, (_, n) => `L${n}`);
    const open = (): Promise<EventClient> => EventClient.open(market.stream(...symbols));
    const clients: EventClient[] = [];
    for (let n = 0; n < 10; n++) clients.push(...(await Promise.all(Array.from({ length: 100 }, open))));
    await Promise.all(clients.map((client) => client.until(() => client.of('bar').length === 10)));
    expect(listeners()).toBe(1000);
    const began = performance.now();
    const before = await calls();
    for (let n = 1; n <= 10; n++) {
      await market.write(`L${n - 1}`, n, n);
      await Promise.all(clients.map((client) => client.until(() => client.of('bar').length === 10 + n)));
    }
    const after = await calls();
    const looks = after.looks - before.looks;
    expect(looks).toBeGreaterThanOrEqual(10);
    expect(looks).toBeLessThanOrEqual(1 + (performance.now() - began) / pollMs);
    // What the API reads for itself now and then: ten thousand events were sent meanwhile.
    expect(after.others - before.others).toBeLessThan(200);
    for (const client of clients) client.close();
    await until(() => listeners() === 0);
    // The last who left ended the looks.
    const [{ looks: last }] = [await calls()];
    await market.admin.query('select pg_sleep(1)');
    expect((await calls()).looks).toBeLessThanOrEqual(last + 1);
  }, 120_000);
});
