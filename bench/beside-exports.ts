import { Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Build } from './build.ts';
import { FIRST_DAY, LAST_DAY, SYMBOLS, WINDOW } from './dataset.ts';
import { quantile } from './drive.ts';
import type { Server } from './processes.ts';
import { startApi } from './servers.ts';

/** How long pages took without an export and beside one, in milliseconds: 99 of 100 took no longer. */
export interface BesideFigures {
  readonly format: string;
  readonly alone: number;
  readonly beside: number;
}

const FORMATS = ['parquet', 'arrow', 'csv'];
/** Clients that read pages, and how long each rests between two of them: some 160 pages a second. */
const CLIENTS = 4;
const REST_MS = 20;
const WARM_UP_SECONDS = 2;

const PAGES = [
  (symbol: string) => `/v1/market-data/latest/${symbol}`,
  (symbol: string) => `/v1/market-data/daily/${symbol}?start=${WINDOW.start}&end=${WINDOW.end}`,
];

/** Reads pages on an API of their own, in turn without an export and beside exports that follow each other. */
export async function measureBeside(
  build: Build,
  databaseUrl: string,
  rounds: number,
  seconds: number,
): Promise<BesideFigures[]> {
  const api = await startApi(build, databaseUrl);
  const figures: BesideFigures[] = [];
  for (const format of FORMATS) {
    const [alone, beside]: [number[], number[]] = [[], []];
    await whileExporting(api, format, () => readPages(api, WARM_UP_SECONDS));
    for (let round = 0; round < rounds; round++) {
      alone.push(...(await readPages(api, seconds)));
      beside.push(...(await whileExporting(api, format, () => readPages(api, seconds))));
    }
    figures.push({ format, alone: p99(alone), beside: p99(beside) });
  }
  await api.end();
  return figures;
}

const p99 = (times: number[]): number =>
  quantile(
    times.sort((a, b) => a - b),
    0.99,
  );

/** The times of all pages that some clients read, in milliseconds. */
async function readPages(api: Server, seconds: number): Promise<number[]> {
  const times: number[] = [];
  const agent = new Agent({ keepAlive: true });
  const until = performance.now() + seconds * 1000;
  const read = async (): Promise<void> => {
    while (performance.now() < until) {
      const symbol = SYMBOLS[Math.floor(Math.random() * SYMBOLS.length)]!;
      for (const page of PAGES) {
        const started = performance.now();
        await answered(api.url + page(symbol), agent);
        times.push(performance.now() - started);
      }
      await pause(REST_MS);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, read));
  agent.destroy();
  return times;
}

async function whileExporting<T>(api: Server, format: string, work: () => Promise<T>): Promise<T> {
  const path = `/v1/market-data/bars?symbols=${SYMBOLS.join(',')}&start=${FIRST_DAY}&end=${LAST_DAY}&limit=all`;
  const done = new AbortController();
  const exporting = (async () => {
    while (!done.signal.aborted) await answered(`${api.url}${path}&format=${format}`);
  })();
  try {
    return await work();
  } finally {
    done.abort();
    await exporting;
  }
}

/** @throws where the answer is not 200, or not whole */
function answered(url: string, agent?: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, agent ? { agent } : {}, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} is answered by ${String(response.statusCode)}`));
      response.resume().once('end', resolve).once('error', reject);
    }).once('error', reject);
  });
}
