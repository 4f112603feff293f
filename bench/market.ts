import type pg from 'pg';
import type { Build } from './build.ts';
import type { Case } from './cases.ts';
import { type BenchDatabase, connected, type Engine } from './database.ts';
import { SYMBOLS } from './dataset.ts';
import { drive, median, type Stretch } from './drive.ts';
import { type BoardAnswer, measureBoard } from './market-board.ts';
import { loadMarket, MARKET_SYMBOLS } from './market-dataset.ts';
import type { Options } from './options.ts';
import type { OwnDatabases, Wanted } from './own-databases.ts';
import { runProgram, type Server } from './processes.ts';
import { startApi } from './servers.ts';

/** What was measured of a whole market, and of the same days of a few of its symbols. */
export interface Market {
  readonly engine: Engine;
  readonly starts: readonly Start[];
  readonly reads: readonly {
    readonly title: string;
    readonly few: readonly Stretch[];
    readonly all: readonly Stretch[];
  }[];
  /** Milliseconds of Node's processor that an unknown symbol takes; null where there is no /proc. */
  readonly unknownCpu: number | null;
  readonly hour: Hour;
  /** Pages of the gaps of the whole market, by calendar: how many, and the slowest, in milliseconds. */
  readonly gaps: readonly { readonly calendar: string; readonly pages: number; readonly slowest: number }[];
  readonly board: readonly BoardAnswer[];
  /** Most resident memory under load, in bytes; without the board. */
  readonly resident: number;
  /** Bytes of the heap for each symbol more; null where it cannot be told. */
  readonly bytesASymbol: number | null;
}

/** What is asked from the moment on at which a process listens, again and again until it is answered rightly. */
export type FirstAnswer = 'ready' | 'latest' | 'symbols' | 'observed gaps' | 'gaps of the market' | 'catalog';

/** From the start of the process until the first right answers, in milliseconds. */
export interface Start {
  readonly cold: boolean;
  readonly first: ReadonlyMap<FirstAnswer, number>;
}

/** What the API reads in an hour in which it is asked and nothing changes. */
export interface Hour {
  /** Rows of bars and daily bars, as a part of all daily bars. */
  readonly share: number;
  /** Pages of tables and indexes that all its statements look at; null without pg_stat_statements. */
  readonly pages: number | null;
}

/** The clock of the hour runs faster by so much, so that it takes two minutes; quick runs take a part of it. */
const [FASTER, HOUR_MS, QUICK_MS] = [30, 3_600_000, 300_000];
const CLOCK = `data:text/javascript,const now=performance.now.bind(performance);performance.now=()=>now()*${FASTER}`;
/** Makes the heap be told on a signal, after all of it that is garbage was collected. */
const TELL = `data:text/javascript,process.on('SIGUSR2',()=>{gc();gc();const m=process.memoryUsage();console.log('heap '+(m.heapUsed+m.arrayBuffers))})`;
/** Answered once the directory is read. */
const LIST = '/v1/market-data/symbols?limit=1';
const STARTS = 5;
const UNKNOWN = Array.from({ length: 2000 }, (_, i) => `${'QXZW'[i % 4]!}${i}`);

const gapsOf =
  (calendar: string): ((symbol: string) => string) =>
  (symbol) =>
    `/v1/market-data/gaps/${symbol}?calendar=${calendar}`;
const READS = [
  ['latest', (symbol: string) => `/v1/market-data/latest/${symbol}`],
  ['250 daily bars', (symbol: string) => `/v1/market-data/daily/${symbol}?limit=250`],
  ...['weekdays', 'observed', 'xnys'].map((calendar) => [`gaps, ${calendar}`, gapsOf(calendar)] as const),
] as const;

/** The databases of a run: a few symbols, and the whole market. They end yesterday, so they last for a week. */
export function marketDatabases(): Wanted[] {
  const monday = Math.floor((Date.now() / 86_400_000 - 4) / 7) * 7 + 4;
  const week = new Date(monday * 86_400_000).toISOString().slice(0, 10);
  return [SYMBOLS.length, MARKET_SYMBOLS].map((symbols) => ({
    name: `tetra_bench_market_${symbols}`,
    note: `A market for the benchmark, complete, of the week of ${week}`,
    load: (client, log) => loadMarket(client, symbols, log),
  }));
}

/** Measures the starts, then the reads on both databases in turn, then what is measured alone. */
export async function measureMarket(
  databases: OwnDatabases,
  options: Options,
  build: Build,
  log: (line: string) => void,
): Promise<Market> {
  const [few, all] = (await databases.open()) as [BenchDatabase, BenchDatabase];
  const starts: Start[] = [];
  if (options.coldCommand) {
    await runProgram('/bin/sh', ['-c', options.coldCommand]);
    starts.push(await measureStart(build, all.readerUrl, true));
  }
  for (let i = 0; i < (options.quick ? 1 : STARTS); i++) starts.push(await measureStart(build, all.readerUrl, false));
  for (const { cold, first } of starts) {
    const figures = [...first].map(([what, ms]) => `${what} ${ms.toFixed(0)}`).join(', ');
    log(`start${cold ? ', cold' : ''}, ms: ${figures}`);
  }
  const servers = [await startApi(build, few.readerUrl), await startApi(build, all.readerUrl)] as const;
  for (const server of servers) await answers(server, LIST, '"symbol"');
  const reads: { title: string; few: Stretch[]; all: Stretch[] }[] = READS.map(([title]) => ({
    title,
    few: [],
    all: [],
  }));
  for (let round = 0; round <= options.rounds; round++) {
    for (const [i, [title, path]] of READS.entries()) {
      for (const [at, server] of servers.entries()) {
        const stretch = await drive(casesOf(SYMBOLS.map(path), 200), server, round === 0 ? 1 : options.seconds);
        if (round === 0) continue;
        (at === 0 ? reads[i]!.few : reads[i]!.all).push(stretch);
        log(
          `round ${round}  ${title}, ${at === 0 ? SYMBOLS.length : MARKET_SYMBOLS} symbols: ${stretch.rate.toFixed(0)} /s`,
        );
      }
    }
  }
  const [, server] = servers;
  const unknown = UNKNOWN.map((name) => `/v1/market-data/latest/${name}`);
  const refused = await drive(casesOf(unknown, 404), server, options.seconds);
  log(`unknown symbol: ${(refused.cpu ?? NaN).toFixed(2)} ms of Node's processor, ${refused.rate.toFixed(0)} /s`);
  const gaps: Market['gaps'][number][] = [];
  for (const calendar of ['weekdays', 'observed', 'all'])
    gaps.push({ calendar, ...(await pagesOfGaps(server, calendar)) });
  for (const one of gaps)
    log(`gaps of the market, ${one.calendar}: ${one.pages} pages, the slowest ${one.slowest.toFixed(0)} ms`);
  const resident = Math.max(refused.resident, ...reads.flatMap((read) => read.all.map((stretch) => stretch.resident)));
  const board = await measureBoard(server);
  for (const { title, rows, p50 } of board) log(`board, ${title}: ${rows} rows, ${p50.toFixed(1)} ms`);
  for (const one of servers) await one.end();
  const heaps = [await heapOf(build, few.readerUrl), await heapOf(build, all.readerUrl)] as const;
  const bytesASymbol =
    heaps[0] === null || heaps[1] === null ? null : (heaps[1] - heaps[0]) / (MARKET_SYMBOLS - SYMBOLS.length);
  log(`directory: ${(bytesASymbol ?? NaN).toFixed(0)} bytes a symbol`);
  const hour = await measureHour(build, all, options);
  log(`an hour without a change: ${(hour.share * 100).toFixed(3)} % of the history, ${String(hour.pages)} pages`);
  return { engine: all.engine, starts, reads, unknownCpu: refused.cpu, hour, gaps, board, resident, bytesASymbol };
}

function casesOf(paths: string[], status: number): Pick<Case, 'requests' | 'expect'> {
  return { requests: paths.map((path) => ({ path })), expect: [status] };
}

async function measureStart(build: Build, readerUrl: string, cold: boolean): Promise<Start> {
  const api = await startApi(build, readerUrl, undefined, {}, [], '/health/live');
  const started = performance.now() - api.readyMs;
  const asked: Record<FirstAnswer, [path: string, holds: string]> = {
    ready: ['/health/ready', '"ready"'],
    latest: [`/v1/market-data/latest/${SYMBOLS[7]!}`, '"timestamp"'],
    symbols: [LIST, '"symbol"'],
    'observed gaps': [gapsOf('observed')(SYMBOLS[7]!), '"calendar":"observed"'],
    'gaps of the market': ['/v1/market-data/gaps?limit=1000', '"present_days"'],
    catalog: ['/v1/catalog', '"market_data.ohlcv_daily"'],
  };
  const first = new Map<FirstAnswer, number>();
  const until = async (what: FirstAnswer): Promise<void> => {
    await answers(api, ...asked[what]);
    first.set(what, performance.now() - started);
  };
  await Promise.all((Object.keys(asked) as FirstAnswer[]).map(until));
  await api.end();
  return { cold, first };
}

/** Asks until it is answered rightly. */
async function answers({ url }: Server, path: string, holds: string): Promise<void> {
  const until = performance.now() + 120_000;
  while (!(await (await fetch(url + path)).text()).includes(holds)) {
    if (performance.now() > until) throw new Error(`${path} is not answered within two minutes`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function pagesOfGaps(server: Server, calendar: string): Promise<{ pages: number; slowest: number }> {
  let [pages, slowest] = [0, 0];
  for (let token: string | null = ''; token !== null; pages++) {
    const began = performance.now();
    const path = `/v1/market-data/gaps?calendar=${calendar}&limit=1000${token && `&page_token=${token}`}`;
    const response = await fetch(server.url + path);
    if (response.status !== 200) throw new Error(`${path} is answered by ${response.status} ${await response.text()}`);
    token = ((await response.json()) as { next_page_token: string | null }).next_page_token;
    slowest = Math.max(slowest, performance.now() - began);
  }
  return { pages, slowest };
}

/** Bytes of the heap once the directory is read and nothing else was asked. */
async function heapOf(build: Build, readerUrl: string): Promise<number | null> {
  let told: (bytes: number) => void = () => undefined;
  const line = (text: string): void => {
    if (text.startsWith('heap ')) told(Number(text.slice(5)));
  };
  const api = await startApi(build, readerUrl, line, {}, ['--expose-gc', '--import', TELL]);
  await answers(api, LIST, '"symbol"');
  const bytes = new Promise<number>((resolve) => (told = resolve));
  process.kill(api.pid, 'SIGUSR2');
  const heap = await bytes;
  await api.end();
  return heap;
}

/** Asks for one symbol again and again while an hour of the API's clock goes by. */
async function measureHour(build: Build, { adminUrl, readerUrl }: BenchDatabase, { quick }: Options): Promise<Hour> {
  const api = await startApi(build, readerUrl, undefined, {}, ['--import', CLOCK]);
  await answers(api, LIST, '"symbol"');
  const ms = quick ? QUICK_MS : HOUR_MS;
  return connected(adminUrl, async (client) => {
    const before = await readUpToNow(client);
    const until = performance.now() + ms / FASTER;
    while (performance.now() < until) {
      await (await fetch(`${api.url}/v1/market-data/symbols/NOSUCH`)).text();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await api.end();
    const after = await readUpToNow(client);
    const { rows } = await client.query<{ rows: number }>('select count(*)::int as rows from market_data.ohlcv_daily');
    const part = HOUR_MS / ms;
    const pages = after.pages === null || before.pages === null ? null : (after.pages - before.pages) * part;
    return { share: ((after.rows - before.rows) * part) / rows[0]!.rows, pages };
  });
}

/** Rows of bars and of daily bars that were read, and pages that the API's statements looked at, up to now. */
async function readUpToNow(client: pg.Client): Promise<{ rows: number; pages: number | null }> {
  // A session hands in its counts when it has had nothing to do for ten seconds, or ends.
  await new Promise((resolve) => setTimeout(resolve, 11_000));
  const { rows } = await client.query<{ rows: number }>(
    `select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::float8 as rows from pg_stat_all_tables
    where schemaname = '_timescaledb_internal' or schemaname = 'market_data'`,
  );
  try {
    await client.query('create extension if not exists pg_stat_statements');
    const { rows: found } = await client.query<{ pages: number }>(
      `select coalesce(sum(shared_blks_hit + shared_blks_read), 0)::float8 as pages from pg_stat_statements
      where dbid = (select oid from pg_database where datname = current_database())
        and userid = 'tetra_reader'::regrole`,
    );
    return { rows: rows[0]!.rows, pages: found[0]!.pages };
  } catch {
    return { rows: rows[0]!.rows, pages: null };
  }
}

/** What more symbols cost a read: the middle of the rounds' own ratios. */
export function costOf({ few, all }: Market['reads'][number]): number {
  return median(few.map(({ rate }, i) => rate / all[i]!.rate));
}
