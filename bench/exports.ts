import { spawnSync } from 'node:child_process';
import { get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { Build } from './build.ts';
import { connected } from './database.ts';
import { BARS, FIRST_DAY, LAST_DAY, SYMBOLS } from './dataset.ts';
import { median } from './drive.ts';
import { runProgram, type Server, watchMemory } from './processes.ts';
import { startApi } from './servers.ts';
import { openWire } from './wire.ts';

/** How the export of all bars fared. Times in milliseconds, memory in bytes. */
export interface ExportFigures {
  /** Rows that arrived, of the export that got least far: all of them unless the server broke it off. */
  readonly rows: number;
  readonly bytes: number;
  /** Rows a second: the API's CSV; what PostgreSQL copies of the same rows in the same order, and in any order. */
  readonly rate: number;
  readonly copyRate: number;
  readonly unorderedCopyRate: number;
  /** Rows a second of the same as Parquet. */
  readonly parquetRate: number;
  /** What did the copying. */
  readonly copier: string;
  readonly firstByte: number;
  /** How much more resident memory the API had than before, at most; with a client that reads at once, and with one
   *  that stops for a while. */
  readonly growth: number;
  readonly growthSlow: number;
  /** From when the client leaves until its backend has nothing to do, at most. */
  readonly free: number;
}

const PATH = `/v1/market-data/bars?symbols=${SYMBOLS.join(',')}&start=${FIRST_DAY}&end=${LAST_DAY}&limit=all&format=csv`;
const SAME_ROWS = `select symbol, timestamp, open, high, low, close, volume, vwap, trades_count, timeframe, source
  from market_data.ohlcv where timestamp >= '2015-01-01T00:00:00Z' and timestamp < '2025-11-01T00:00:00Z'`;
const SLOW_MS = 3_000;

interface Received {
  readonly lines: number;
  readonly bytes: number;
  readonly firstByte: number;
  readonly ms: number;
}

/** Measures exports on an API of their own, in turn with what PostgreSQL's own client copies. */
export async function measureExports(build: Build, databaseUrl: string, times: number): Promise<ExportFigures> {
  const api = await startApi(build, databaseUrl);
  await receive(api, PATH.replace(SYMBOLS.join(','), SYMBOLS[0]!));
  const before = api.usage()?.resident ?? 0;
  const received: Received[] = [];
  const parquet: number[] = [];
  const copies = { ordered: [] as number[], unordered: [] as number[] };
  let peak = before;
  for (let i = 0; i < times; i++) {
    const watched = await watchMemory(api, () => receive(api, PATH));
    peak = Math.max(peak, watched.peak);
    received.push(watched.result);
    copies.ordered.push(await copyOut(databaseUrl, `${SAME_ROWS} order by symbol, timestamp`));
    copies.unordered.push(await copyOut(databaseUrl, SAME_ROWS));
  }
  const slow = await watchMemory(api, () => receive(api, PATH, SLOW_MS));
  // Afterwards: a thread of columns has memory of its own.
  for (let i = 0; i < times; i++) parquet.push((await receive(api, PATH.replace('format=csv', 'format=parquet'))).ms);
  await api.end();
  const perSecond = (spent: number[]): number => (BARS * 1000) / median(spent);
  return {
    rows: Math.min(...[...received, slow.result].map((one) => one.lines)) - 1,
    bytes: median(received.map((one) => one.bytes)),
    rate: median(received.map((one) => (one.lines * 1000) / one.ms)),
    parquetRate: perSecond(parquet),
    copyRate: perSecond(copies.ordered),
    unorderedCopyRate: perSecond(copies.unordered),
    copier: hasPsql() ? 'psql \\copy' : 'COPY through pg',
    firstByte: median(received.map((one) => one.firstByte)),
    growth: peak - before,
    growthSlow: slow.peak - before,
    free: await measureLeaving(build, databaseUrl, times),
  };
}

/** A client leaves in the middle of an export: how long its backend goes on, at most. */
async function measureLeaving(build: Build, databaseUrl: string, times: number): Promise<number> {
  const wire = await openWire(databaseUrl);
  try {
    const api = await startApi(build, wire.url);
    const spent: number[] = [];
    await connected(databaseUrl, async (client) => {
      for (let i = 0; i < times; i++) {
        await leaveEarly(api, 1 << 20);
        const left = performance.now();
        while (await reading(client, wire.ports())) await pause(2);
        spent.push(performance.now() - left);
      }
    });
    await api.end();
    return Math.max(...spent);
  } finally {
    await wire.close();
  }
}

async function reading(client: pg.Client, ports: number[]): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from pg_stat_activity where client_port = any($1) and state = 'active'`,
    [ports],
  );
  return rowCount !== 0;
}

function leaveEarly(api: Server, afterBytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    const request = get(api.url + PATH, (response) => {
      response.on('error', () => undefined);
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes < afterBytes) return;
        request.destroy();
        resolve();
      });
      response.once('end', () => reject(new Error('The export was over before its client could leave')));
    });
    request.on('error', () => undefined);
  });
}

/** Reads an export to its end, also a bad one, and counts its lines; stops for `stop` ms after the first bytes. */
export function receive(api: Server, path: string, stop = 0): Promise<Received> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    let firstByte = 0;
    let lines = 0;
    let bytes = 0;
    get(api.url + path, (response) => {
      response.on('data', (chunk: Buffer) => {
        if (firstByte === 0) {
          firstByte = performance.now() - started;
          if (stop > 0) {
            response.pause();
            setTimeout(() => response.resume(), stop);
          }
        }
        bytes += chunk.length;
        for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1;
      });
      if (response.statusCode !== 200) reject(new Error(`The export is answered by ${String(response.statusCode)}`));
      response.once('error', () => undefined);
      response.once('close', () => resolve({ lines, bytes, firstByte, ms: performance.now() - started }));
    }).once('error', reject);
  });
}

function hasPsql(): boolean {
  return spawnSync('psql', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Milliseconds in which PostgreSQL's own client copies rows as CSV to nowhere. */
export async function copyOut(databaseUrl: string, query: string): Promise<number> {
  const rows = query.replaceAll('\n', ' ');
  if (hasPsql())
    return runProgram('psql', ['-X', '-d', databaseUrl, '-c', `\\copy (${rows}) to '/dev/null' csv header`]);
  const started = performance.now();
  // Without a consumer pg reads COPY's rows and drops them.
  await connected(databaseUrl, (client) => client.query(`copy (${rows}) to stdout csv header`));
  return performance.now() - started;
}
