import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { EventSource } from 'eventsource';
import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { asAdmin } from '../support/database.js';
import { minute } from '../support/live.js';
import type { ApiProcess } from './support/api.js';
import { Entrance } from './support/entrance.js';
import { describeWith, HAPROXY, PGBIN, until } from './support/tools.js';

const QUERY = 'subscription { latestUpdated(symbols: ["LIVE"]) { bar { volume } } }';

/** The stream by EventSource, which comes back by itself; what it was told it skipped it asks for. */
class Listener {
  /** Volumes of the bars that it has, and those of them that it had to ask for. */
  readonly volumes = new Set<number>();
  readonly asked = new Set<number>();
  heartbeats = 0;
  /** The ids that its connections went on from. */
  readonly connections: (string | undefined)[] = [];
  readonly skipped: string[] = [];
  ends = 0;
  readonly #source: EventSource;
  #asking = Promise.resolve();

  constructor(private readonly url: string) {
    this.#source = new EventSource(`${url}/v1/market-data/stream?symbols=LIVE&fields=timestamp,volume`, {
      fetch: async (address, init) => {
        this.connections.push((init.headers as Record<string, string>)['Last-Event-ID']);
        const response = await fetch(address, init);
        // It ends as its connection does.
        this.#countHeartbeats(response.clone()).catch(() => undefined);
        return response;
      },
    });
    this.#source.addEventListener('bar', ({ data }) => this.#has(data as string));
    this.#source.addEventListener('skipped', ({ data }) => this.#ask(JSON.parse(data as string) as Skipped));
    this.#source.addEventListener('end', () => (this.ends += 1));
  }

  /** Waits until what it had to ask for is there. */
  async settled(): Promise<void> {
    await this.#asking;
  }

  close(): void {
    this.#source.close();
  }

  #has(bar: string): void {
    this.volumes.add((JSON.parse(bar) as { volume: number }).volume);
  }

  #ask({ reason, updated_after: updated, after, before }: Skipped): void {
    this.skipped.push(reason);
    if (reason !== 'not_kept' && reason !== 'too_many') return;
    const window = updated
      ? `start=${minute(0)}&updated_after=${updated}`
      : `start=${after ?? minute(0)}&end=${before!}`;
    const path = `v1/market-data/bars?symbols=LIVE&limit=10000&${window}`;
    this.#asking = this.#asking.then(async () => {
      const { data } = (await (await fetch(`${this.url}/${path}`)).json()) as { data: { volume: number }[] };
      for (const { volume } of data) if (!this.volumes.has(volume)) this.asked.add(volume);
    });
  }

  async #countHeartbeats({ body }: Response): Promise<void> {
    let last = '';
    for await (const text of body!.pipeThrough(new TextDecoderStream())) {
      this.heartbeats += (last + text).split('\n:\n').length - 1;
      last = text.slice(-2);
    }
  }
}

interface Skipped {
  readonly reason: string;
  readonly updated_after?: string;
  readonly after?: string | null;
  readonly before?: string;
}

/** The subscription by graphql-ws, which comes back by itself. */
class Subscriber {
  readonly volumes: number[] = [];
  pings = 0;
  readonly closes: number[] = [];
  readonly #client: Client;

  constructor(url: string) {
    this.#client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 20,
      on: {
        opened: (socket) => void (socket as WebSocket).on('ping', () => (this.pings += 1)),
        closed: (event) => this.closes.push((event as { code: number }).code),
      },
    });
    this.#client.subscribe<{ latestUpdated: { bar: { volume: number } | null } }>(
      { query: QUERY },
      {
        next: ({ data }) => {
          const volume = data?.latestUpdated.bar?.volume;
          if (volume !== undefined) this.volumes.push(volume);
        },
        error: (error) => this.closes.push(Number.NaN, error as number),
        complete: () => undefined,
      },
    );
  }

  async close(): Promise<void> {
    await this.#client.dispose();
  }
}

describeWith(existsSync(PGBIN) ? HAPROXY : PGBIN, 'connections that last, through deploy/haproxy/haproxy.cfg', () => {
  let behind: Entrance;
  let written = 0;

  /** Writes the next new bar. */
  const write = (): Promise<void> =>
    asAdmin(behind.cluster.url('tetra'), async (client) => {
      await client.query(
        `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
         values ('LIVE', $1, 1, 2, 1, 1.5, $2, '1m', 'test')`,
        [minute(written), written + 1],
      );
      written += 1;
    });
  const listeners = async ({ url }: ApiProcess): Promise<number> =>
    Number(/^tetra_live_listeners (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())![1]);

  beforeAll(async () => {
    behind = await Entrance.start();
    await write();
  });
  afterAll(() => behind?.stop());

  it('outlive its timeouts, and go to the other replica when theirs ends, without a change lost', async () => {
    const [first, second] = behind.apis;
    const streams = Array.from({ length: 4 }, () => new Listener(behind.url));
    const sockets = Array.from({ length: 4 }, () => new Subscriber(behind.url));
    await until('all are told', () => [...streams, ...sockets].every(({ volumes }) => [...volumes].includes(1)));
    expect(await listeners(first)).toBeGreaterThan(0);
    expect(await listeners(second)).toBeGreaterThan(0);

    // Every 15 and every 12 seconds: longer than the 60 of client, server and tunnel.
    await until('heartbeats', () => streams.every(({ heartbeats }) => heartbeats >= 5), 180_000);
    await until('pings', () => sockets.every(({ pings }) => pings >= 6), 180_000);
    expect(streams.map(({ connections }) => connections.length)).toEqual([1, 1, 1, 1]);
    expect(sockets.map(({ closes }) => closes)).toEqual([[], [], [], []]);

    const stopped = first.stop();
    let over = false;
    void stopped.then(() => (over = true));
    while (!over) await write();
    expect(await stopped).toBe(0);
    await until('all are at the other', async () => (await listeners(second)) >= 8);
    await write();
    const last = written;
    const all = Array.from({ length: last }, (_, i) => i + 1);
    await until('all have the last', () =>
      [...streams, ...sockets].every(({ volumes }) => [...volumes].includes(last)),
    );
    for (const stream of streams) {
      await stream.settled();
      expect([...new Set([...stream.volumes, ...stream.asked])].sort((a, b) => a - b)).toEqual(all);
    }
    const moved = streams.filter(({ ends }) => ends > 0);
    expect(moved.length).toBeGreaterThan(0);
    for (const { connections, skipped, ends } of moved) {
      expect([ends, connections.length]).toEqual([1, 2]);
      expect(connections[1]).toMatch(/^[\w-]{8}\.\d+\.\d+$/);
      expect(skipped).toContain('not_kept');
    }
    for (const { connections } of streams.filter(({ ends }) => ends === 0)) expect(connections).toHaveLength(1);
    expect(new Set(sockets.flatMap(({ closes }) => closes))).toEqual(new Set([1012]));
    for (const stream of streams) stream.close();
    await Promise.all(sockets.map((socket) => socket.close()));
    await until('nobody listens', async () => (await listeners(second)) === 0);
    await first.start();
    await behind.haproxy.bothUp();
  }, 400_000);
});
