import type { Build } from './build.ts';
import type { BenchDatabase, Engine } from './database.ts';
import { LAST_DAY } from './dataset.ts';
import { drive, median, type Stretch, wrongAnswers } from './drive.ts';
import { copyOut, receive } from './exports.ts';
import type { Options } from './options.ts';
import type { OwnDatabases, Wanted } from './own-databases.ts';
import type { Server } from './processes.ts';
import type { Goal } from './ratios.ts';
import { about, count, goalTable, MIB, shortfalls, table, TAPE } from './report.ts';
import { startApi } from './servers.ts';
import { loadTape, TAPE_SYMBOLS } from './tape-dataset.ts';

/** What was measured of a tape of one-minute bars. */
export interface Tape {
  readonly engine: Engine;
  readonly reads: ReadonlyMap<ReadName, readonly Stretch[]>;
  /** Statements that read a year of hourly bars. */
  readonly yearStatements: number;
  /** Rows a second, round by round. */
  readonly exported: readonly number[];
  readonly copied: readonly number[];
}

const DAY = `start=${LAST_DAY}&end=${LAST_DAY}`;
const YEAR = `start=2024-11-01&end=${LAST_DAY}`;
const bars =
  (query: string): ((symbol: string) => string) =>
  (symbol) =>
    `/v1/market-data/bars/${symbol}?${query}`;

/** What is read; `holds` is found in a right answer. */
const READS = {
  latest: { path: (symbol: string) => `/v1/market-data/latest/${symbol}`, holds: '"1m"' },
  '78 stored 1m bars': { path: bars(`timeframe=1m&${DAY}&limit=78`), holds: `${LAST_DAY}T14:47:00Z` },
  'a day of 1m: 390 bars': { path: bars(`timeframe=1m&${DAY}`), holds: `${LAST_DAY}T19:59:00Z` },
  'a day of 5m: 78 bars made of 390': { path: bars(`timeframe=5m&${DAY}`), holds: `${LAST_DAY}T19:55:00Z` },
  'a year of 1h': { path: bars(`timeframe=1h&${YEAR}&limit=10000`), holds: `${LAST_DAY}T19:00:00Z` },
  'a year of daily bars': { path: (symbol: string) => `/v1/market-data/daily/${symbol}?${YEAR}`, holds: LAST_DAY },
  'a year of gaps': { path: (symbol: string) => `/v1/market-data/gaps/${symbol}?${YEAR}`, holds: '"coverage"' },
  'latest, beside an export': { path: (symbol: string) => `/v1/market-data/latest/${symbol}`, holds: '"1m"' },
} as const;
type ReadName = keyof typeof READS;
const BESIDE = 'latest, beside an export';

const EXPORTED = TAPE_SYMBOLS.slice(0, 5);
const EXPORT = `/v1/market-data/bars?symbols=${EXPORTED.join()}&timeframe=1m&start=2024-11-01&end=${LAST_DAY}&limit=all&format=csv`;
const SAME_ROWS = `select symbol, timestamp, open, high, low, close, volume, vwap, trades_count, timeframe, source
  from market_data.ohlcv where symbol in ('${EXPORTED.join(`','`)}') and timestamp >= '2024-11-01T00:00:00Z'
  and timestamp < '2025-11-01T00:00:00Z' order by symbol, timestamp`;

/** The database of a run: so many bars, 20 million unless --rows says otherwise. */
export function tapeDatabases({ rows }: Options): Wanted[] {
  const wanted = rows || 20_000_000;
  return [
    {
      name: `tetra_bench_tape_${wanted}`,
      note: `One-minute bars for the benchmark, complete`,
      load: (client, log) => loadTape(client, wanted, log),
    },
  ];
}

/** Measures each read in turn, round by round, the last of them beside an export, then exports alone. */
export async function measureTape(
  databases: OwnDatabases,
  options: Options,
  build: Build,
  log: (line: string) => void,
): Promise<Tape> {
  const [database] = (await databases.open()) as [BenchDatabase];
  const api = await startApi(build, database.readerUrl);
  const reads = new Map<ReadName, Stretch[]>();
  for (const [name, { path, holds }] of Object.entries(READS) as [ReadName, (typeof READS)[ReadName]][]) {
    const text = await (await fetch(api.url + path(TAPE_SYMBOLS[0]!))).text();
    if (!text.includes(holds)) throw new Error(`${name} is answered by ${text.slice(0, 300)}`);
    reads.set(name, []);
  }
  for (let round = 0; round <= options.rounds; round++) {
    for (const [name, stretches] of reads) {
      const stretch = await measureRead(name, api, round === 0 ? 1 : options.seconds);
      if (round === 0) continue;
      stretches.push(stretch);
      log(`round ${round}  ${name}: ${stretch.rate.toFixed(0)} /s, p99 ${stretch.p99.toFixed(0)} ms`);
    }
  }
  const [exported, copied]: [number[], number[]] = [[], []];
  for (let round = 0; round < options.rounds; round++) {
    const { lines, ms } = await receive(api, EXPORT);
    exported.push((lines * 1000) / ms);
    copied.push((lines * 1000) / (await copyOut(database.readerUrl, SAME_ROWS)));
  }
  await api.end();
  return {
    engine: database.engine,
    reads,
    yearStatements: await statementsOf(build, database.readerUrl),
    exported,
    copied,
  };
}

async function measureRead(name: ReadName, api: Server, seconds: number): Promise<Stretch> {
  const one = { requests: TAPE_SYMBOLS.map((symbol) => ({ path: READS[name].path(symbol) })), expect: [200] };
  if (name !== BESIDE) return drive(one, api, seconds);
  const state = { over: false };
  const exporting = async (): Promise<void> => {
    while (!state.over) await receive(api, EXPORT);
  };
  const exports = exporting();
  const stretch = await drive(one, api, seconds);
  state.over = true;
  await exports;
  return stretch;
}

/** Statements that a request for a year of hourly bars waits for, once one of its symbol was answered. */
async function statementsOf(build: Build, readerUrl: string): Promise<number> {
  const told: number[] = [];
  const line = (text: string): void => {
    const { route, statements } = JSON.parse(text) as { route?: string; statements?: number };
    if (route === '/v1/market-data/bars/:symbol') told.push(statements!);
  };
  const api = await startApi(build, readerUrl, line);
  for (let i = 0; i < 2; i++) await (await fetch(api.url + READS['a year of 1h'].path(TAPE_SYMBOLS[0]!))).text();
  while (told.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  await api.end();
  return told.at(-1)!;
}

/** What a run of `tape` found, as Markdown. */
export function tapeReport(tape: Tape, options: Options, commit: string): string {
  const rates = (name: ReadName): number[] => tape.reads.get(name)!.map(({ rate }) => rate);
  const p99 = (name: ReadName): number => median(tape.reads.get(name)!.map((stretch) => stretch.p99));
  const stored = rates('78 stored 1m bars');
  const goals: Goal[] = [
    {
      what: 'A day of 5m bars / as many stored ones',
      measured: median(rates('a day of 5m: 78 bars made of 390').map((rate, i) => rate / stored[i]!)),
      target: 0.7,
      bound: 'least',
      unit: '×',
    },
    { what: 'A year of hourly bars: statements', measured: tape.yearStatements, target: 1, bound: 'most', unit: '' },
    {
      what: 'CSV of a year of 1m bars / the same copied',
      measured: median(tape.exported.map((rate, i) => rate / tape.copied[i]!)),
      target: 0.5,
      bound: 'least',
      unit: '×',
    },
    {
      what: 'p99 of latest beside an export / alone',
      measured: p99(BESIDE) / p99('latest'),
      target: 1.5,
      bound: 'most',
      unit: '×',
    },
  ];
  return [
    TAPE,
    '',
    `Written by \`npm run bench -- tape\`: one-minute bars of ${TAPE_SYMBOLS.length} symbols, 390 of each session. An export is a year of ${EXPORTED.length}`,
    'of them, in the order of symbol and time, beside what PostgreSQL copies of the same rows in the same order.',
    '',
    ...about(tape.engine, options, commit),
    ...goalTable(goals),
    ...shortfalls(goals),
    ...table(
      ['read of one symbol', '/s', 'p50 ms', 'p99 ms', 'resident MiB', 'wrong answers'],
      [...tape.reads].map(([name, stretches]) => [
        name,
        median(rates(name)).toFixed(0),
        median(stretches.map(({ p50 }) => p50)).toFixed(1),
        p99(name).toFixed(0),
        (Math.max(...stretches.map(({ resident }) => resident)) / MIB).toFixed(0),
        wrongAnswers(stretches) || 'none',
      ]),
    ),
    `The export gave ${count(median(tape.exported))} rows a second, the copy ${count(median(tape.copied))}.`,
  ].join('\n');
}
