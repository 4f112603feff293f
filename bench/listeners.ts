import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { Build } from './build.ts';
import { type BenchDatabase, connected, type Engine } from './database.ts';
import { LAST_DAY, loadBars, SYMBOLS, WINDOW } from './dataset.ts';
import { drive, median, type Stretch, wrongAnswers } from './drive.ts';
import { FIRST_DAY_OF_57 } from './growth.ts';
import type { Options } from './options.ts';
import type { OwnDatabases, Wanted } from './own-databases.ts';
import type { Server } from './processes.ts';
import type { Goal } from './ratios.ts';
import { about, goalTable, LISTENERS, shortfalls, table } from './report.ts';
import { startApi } from './servers.ts';

const COUNT = 1000;
/** Symbols that each of them listens for. */
const OF_EACH = 10;
/** How many begin at a time. */
const AT_ONCE = 50;
const AGAIN_AFTER_MS = 200;
/** Bars that they are told of before any change. */
const FIRST = COUNT * OF_EACH;
/** How long a change may take to all of them. */
const TOLD_WITHIN_MS = 30_000;
/** A bar is written so often, with listeners and without. */
const WRITE_EVERY_MS = 1000;

const READS = {
  latest: (symbol: string) => `/v1/market-data/latest/${symbol}`,
  '250 daily bars': (symbol: string) => `/v1/market-data/daily/${symbol}?start=${WINDOW.start}&end=${WINDOW.end}`,
} as const;
type ReadName = keyof typeof READS;

/** Reads of one kind, round by round: each round without listeners, twice with them, and without again. */
interface Read {
  readonly without: Stretch[];
  readonly beside: Stretch[];
}

/** What was measured with clients that listen for new bars. */
export interface Listening {
  readonly engine: Engine;
  readonly reads: ReadonlyMap<ReadName, Read>;
  /** Changes that listeners were to be told of, and those that they were. */
  readonly due: number;
  readonly told: number;
}

/** The database of a run: it is written to. */
export function listenersDatabases(): Wanted[] {
  return [
    {
      name: 'tetra_bench_live',
      note: 'Bars for the benchmark of listeners, complete',
      load: (client, log) => loadBars(client, { firstDay: FIRST_DAY_OF_57, perDay: 1 }, log),
    },
  ];
}

/** Reads data without listeners and beside them, in turn, while a bar is written now and then. */
export async function measureListeners(
  databases: OwnDatabases,
  { rounds, seconds }: Options,
  build: Build,
  log: (line: string) => void,
): Promise<Listening> {
  const [database] = (await databases.open()) as [BenchDatabase];
  const api = await startApi(build, database.readerUrl);
  const reads = new Map<ReadName, Read>();
  let [due, told] = [0, 0];
  await connected(database.adminUrl, async (client) => {
    for (const [name, path] of Object.entries(READS) as [ReadName, (typeof READS)[ReadName]][]) {
      const one = { requests: SYMBOLS.map((symbol) => ({ path: path(symbol) })), expect: [200] };
      const read: Read = { without: [], beside: [] };
      reads.set(name, read);
      await drive(one, api, 2);
      const alone = async (): Promise<void> => {
        read.without.push((await whileWriting(client, () => drive(one, api, seconds))).result);
      };
      for (let round = 0; round < rounds; round++) {
        await alone();
        const listeners = await Listeners.open(api);
        for (let i = 0; i < 2; i++) {
          const { result, written } = await whileWriting(client, () => drive(one, api, seconds));
          read.beside.push(result);
          due += await listeners.told(written);
        }
        told += listeners.close();
        await alone();
        const [beside, without] = [rateOf(read.beside.slice(-2)), rateOf(read.without.slice(-2))];
        log(`round ${round + 1}  ${name}: ${without.toFixed(0)} /s, beside listeners ${beside.toFixed(0)} /s`);
      }
    }
  });
  await api.end();
  return { engine: database.engine, reads, due, told };
}

/** Clients that listen, each for some symbols, and count the bars that they are told of. */
class Listeners {
  #told = 0;
  #due = 0;
  /** How many of them listen for each symbol. */
  readonly #of = new Map<string, number>();
  readonly #sockets: Socket[] = [];

  static async open({ url }: Server): Promise<Listeners> {
    const listeners = new Listeners();
    const { hostname, port } = new URL(url);
    for (let n = 0; n < COUNT; n++) {
      const symbols = Array.from({ length: OF_EACH }, (_, i) => SYMBOLS[(n * OF_EACH + i) % SYMBOLS.length]!);
      for (const symbol of symbols) listeners.#of.set(symbol, (listeners.#of.get(symbol) ?? 0) + 1);
      listeners.#listen(Number(port), hostname, symbols, n);
      // Each is told of the newest bar of each of its symbols first; more at once would be refused.
      if ((n + 1) % AT_ONCE === 0) await listeners.#until((n + 1) * OF_EACH);
    }
    return listeners;
  }

  /** Listens; where the server is too busy, again a little later. */
  #listen(port: number, host: string, symbols: readonly string[], n: number): void {
    const socket = (this.#sockets[n] = connect(port, host));
    socket.on('error', () => undefined);
    socket.once('data', (head) => {
      if (head.toString('latin1', 0, 12) === 'HTTP/1.1 200') return;
      socket.destroy();
      setTimeout(() => this.#listen(port, host, symbols, n), AGAIN_AFTER_MS);
    });
    socket.on('data', (bytes) => (this.#told += bytes.toString('latin1').split('event: bar\n').length - 1));
    socket.write(`GET /v1/market-data/stream?symbols=${symbols.join()} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  }

  /** Waits until they were told of each of the bars; answers how often that is. */
  async told(symbols: readonly string[]): Promise<number> {
    const due = symbols.reduce((sum, symbol) => sum + this.#of.get(symbol)!, 0);
    this.#due += due;
    await this.#until(FIRST + this.#due);
    return due;
  }

  /** How often they were told of a change. */
  close(): number {
    for (const socket of this.#sockets) socket.destroy();
    return this.#told - FIRST;
  }

  async #until(told: number): Promise<void> {
    const until = performance.now() + TOLD_WITHIN_MS;
    while (this.#told < told) {
      if (performance.now() > until) throw new Error(`listeners were told of ${this.#told} bars, not of ${told}`);
      await pause(20);
    }
  }
}

/** Works while a bar of one symbol after the other is written; the symbols. */
async function whileWriting<T>(client: pg.Client, work: () => Promise<T>): Promise<{ result: T; written: string[] }> {
  const done = new AbortController();
  const written: string[] = [];
  const writing = (async () => {
    while (!done.signal.aborted) {
      const symbol = SYMBOLS[Math.floor(Math.random() * SYMBOLS.length)]!;
      await client.query(
        `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
         values ($1, $2::timestamptz + interval '3 days', 1, 2, 1, 1.5, 1, '1d', 'generated')
         on conflict (symbol, timestamp) do update set volume = ohlcv.volume + 1, updated_at = now()`,
        [symbol, `${LAST_DAY}T00:00:00Z`],
      );
      written.push(symbol);
      await pause(WRITE_EVERY_MS, undefined, { signal: done.signal }).catch(() => undefined);
    }
  })();
  const result = await work().finally(() => done.abort());
  await writing;
  return { result, written };
}

const rateOf = (stretches: readonly Stretch[]): number =>
  stretches.reduce((sum, { rate }) => sum + rate, 0) / stretches.length;

/** What a run of `listeners` found, as Markdown. */
export function listenersReport({ engine, reads, due, told }: Listening, options: Options, commit: string): string {
  const pairs = (read: Read): number[] =>
    Array.from({ length: options.rounds }, (_, i) => {
      const of = (stretches: readonly Stretch[]): number => rateOf(stretches.slice(2 * i, 2 * i + 2));
      return of(read.beside) / of(read.without);
    });
  const cpu = (stretches: readonly Stretch[]): number => median(stretches.map((one) => one.cpu ?? NaN));
  const goals: Goal[] = [
    ...[...reads].map(([name, read]): Goal => ({
      what: `${name}: rate beside ${COUNT} listeners / without`,
      measured: median(pairs(read)),
      target: 0.97,
      bound: 'least',
      unit: '×',
    })),
    { what: 'Changes that they were told of / written', measured: told / due, target: 1, bound: 'least', unit: '' },
  ];
  return [
    LISTENERS,
    '',
    `Written by \`npm run bench -- listeners\`: data is read without listeners and beside ${COUNT} clients that listen for new bars`,
    `of ${OF_EACH} symbols each, in turn; a bar is written every ${WRITE_EVERY_MS} ms all the time. ${told} events were sent for the changes.`,
    '',
    ...about(engine, options, commit),
    ...goalTable(goals),
    ...shortfalls(goals),
    ...table(
      ['read', 'listeners', '/s', 'p50 ms', 'p99 ms', 'CPU ms each', 'ratios of the rounds', 'wrong answers'],
      [...reads].flatMap(([name, read]) =>
        [read.without, read.beside].map((stretches, i) => [
          name,
          i === 0 ? '0' : String(COUNT),
          median(stretches.map(({ rate }) => rate)).toFixed(0),
          median(stretches.map(({ p50 }) => p50)).toFixed(1),
          median(stretches.map(({ p99 }) => p99)).toFixed(0),
          cpu(stretches).toFixed(3),
          i === 0
            ? ''
            : pairs(read)
                .map((one) => one.toFixed(2))
                .join(' '),
          wrongAnswers(stretches) || 'none',
        ]),
      ),
    ),
  ].join('\n');
}
