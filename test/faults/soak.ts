import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { afterwards, Api } from './support/api.js';
import { Cluster } from './support/cluster.js';
import { Load, percentile, slowPath } from './support/load.js';
import { FaultProxy } from './support/proxy.js';
import { circumstances, keepResults } from './support/results.mjs';
import { pause, until } from './support/wait.js';

const MINUTES = Number(process.env.TETRA_SOAK_MINUTES ?? 30);
const PATHS = [
  '/v1/market-data/latest/AAPL',
  '/v1/market-data/daily/AAPL?limit=100',
  '/v1/market-data/bars/AAPL?limit=200',
  '/v1/economic-data/series/PAYEMS/observations',
  '/v1/news?limit=10',
  '/v1/market-data/symbols',
  '/v1/market-data/latest/NOPE',
];

let cluster: Cluster;
let proxy: FaultProxy;
let api: Api;
beforeAll(async () => {
  cluster = await Cluster.start();
  proxy = await FaultProxy.before(cluster.port);
  api = await Api.start(cluster.url(proxy.port), { LOG_LEVEL: 'warn' });
  await afterwards(api, cluster, 20_000);
}, 120_000);
afterAll(async () => {
  await api?.stop();
  await proxy?.close();
  await cluster?.remove();
});

/** What happens, one a minute, in turn; each ends by itself. */
const FAULTS: [name: string, fault: () => Promise<void>][] = [
  [
    'backends terminated',
    async () => {
      await cluster.admin((client) =>
        client.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'tetra_reader'`),
      );
    },
  ],
  [
    'cluster stopped for 5 s',
    async () => {
      const thaw = cluster.freeze();
      await pause(5000);
      thaw();
    },
  ],
  [
    'partition for 8 s, bytes discarded',
    async () => {
      proxy.weather = 'discard';
      await pause(8000);
      proxy.weather = 'pass';
    },
  ],
  [
    'slow queries, 50 clients leave',
    async () => {
      await cluster.slow(3);
      const leaving = new AbortController();
      const requests = Array.from({ length: 50 }, () =>
        api.call(slowPath(), { signal: leaving.signal }).catch(() => null),
      );
      await pause(500);
      leaving.abort();
      await Promise.all(requests);
      await cluster.slow(0);
    },
  ],
  [
    'immediate restart',
    async () => {
      await cluster.kill('SIGQUIT');
      await cluster.restart();
    },
  ],
];

interface Sample {
  minute: number;
  /** What the process has of the machine, in MB; it grows until the engine sees a reason to give some back. */
  rss: number;
  /** The least that the heap held during the minute, in MB: what is left when garbage has gone. A leak is seen here. */
  heap: number;
  handles: number;
  backends: number;
}

/** Heap in use, in MB, again and again; the least of it since the last time it was asked for. */
class HeapFloor {
  #least = Infinity;
  readonly #timer = setInterval(() => void this.#look().catch(() => undefined), 2000);

  take(): number {
    const least = this.#least;
    this.#least = Infinity;
    return Math.round(least * 10) / 10;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { text } = await api.call('/metrics');
    const bytes = Number(/^nodejs_heap_size_used_bytes (\S+)/m.exec(text)?.[1] ?? Infinity);
    this.#least = Math.min(this.#least, bytes / 2 ** 20);
  }
}

async function sample(minute: number, heap = Infinity): Promise<Sample> {
  const status = readFileSync(`/proc/${api.pid}/status`, 'utf8');
  return {
    minute,
    heap,
    rss: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024),
    handles: readdirSync(`/proc/${api.pid}/fd`).length,
    backends: (await cluster.backends()).length,
  };
}

it(
  'serves at half of capacity with a fault a minute, and grows by nothing',
  async () => {
    let i = 0;
    const next = (): string => PATHS[i++ % PATHS.length]!;
    const full = new Load(api, next, 8);
    await pause(10_000);
    await full.stop();
    const capacity = full.outcomes.length / 10;
    // Eight clients, each asking at a sixteenth of what all together can have.
    const between = Math.max(0, 8000 / (capacity / 2) - percentile(full.outcomes, 0.5) / 2);
    const load = new Load(api, next, 8, between);
    const floor = new HeapFloor();
    const samples: Sample[] = [];
    const recoveries: string[] = [];
    const started = performance.now();
    for (let minute = 1; minute <= MINUTES; minute++) {
      const [name, fault] = FAULTS[(minute - 1) % FAULTS.length]!;
      await fault();
      const recovery = await afterwards(api, cluster, 5000);
      recoveries.push(`- minute ${minute}: ${name}; recovery ${recovery} ms`);
      await pause(Math.max(0, started + minute * 60_000 - performance.now()));
      samples.push(await sample(minute, floor.take()));
      const { rss, heap, handles, backends } = samples.at(-1)!;
      process.stdout.write(
        `minute ${minute}: ${name}; recovery ${recovery} ms, ${rss} MB (heap ${heap}), ${handles} handles, ${backends} backends\n`,
      );
    }
    floor.stop();
    const outcomes = await load.stop();
    expect(Object.keys(load.counts).filter((result) => !['200', '404', '503', '504'].includes(result))).toEqual([]);
    expect(percentile(outcomes, 1)).toBeLessThan(8250);
    await until('handles are given back', async () => (await sample(0)).handles < 120, 20_000);
    keepResults('The last soak', report(capacity, load, samples, recoveries));
  },
  (MINUTES + 5) * 60_000,
);

function report(capacity: number, load: Load, samples: Sample[], recoveries: string[]): string {
  const [first, last] = [samples[Math.min(1, samples.length - 1)]!, samples.at(-1)!];
  const slope = ((last.heap - first.heap) / Math.max(1, last.minute - first.minute)) * 10;
  return `Written by \`npm run soak\`; ran for ${MINUTES} minutes on ${circumstances()}.
The clients, the API, the proxy and PostgreSQL shared them, perhaps with others.

- Capacity with eight clients: ${Math.round(capacity)} requests a second; the soak asked for half of it.
- ${load.outcomes.length} requests: ${Object.entries(load.counts)
    .map(([result, count]) => `${count} × ${result}`)
    .join(', ')}. No 500.
- Median ${percentile(load.outcomes, 0.5)} ms, p99 ${percentile(load.outcomes, 0.99)} ms, longest ${percentile(load.outcomes, 1)} ms.
- Heap of the API when garbage has gone: ${samples.map(({ heap }) => heap).join(', ')} MB, minute by minute; ${slope.toFixed(1)} MB in ten minutes after the second.
- Its memory of the machine: ${samples.map(({ rss }) => rss).join(', ')} MB.
- Handles ${first.handles} to ${last.handles}, backends ${first.backends} to ${last.backends}.

${recoveries.join('\n')}
`;
}
