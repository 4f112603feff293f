import type { Build } from './build.ts';
import type { Case } from './cases.ts';
import type { BenchDatabase, Engine } from './database.ts';
import { BARS, type BarsWanted, FIRST_DAY, LAST_DAY, loadBars, SYMBOLS } from './dataset.ts';
import { drive } from './drive.ts';
import type { Options } from './options.ts';
import type { OwnDatabases, Wanted } from './own-databases.ts';
import type { Server } from './processes.ts';
import { startApi } from './servers.ts';

/** The rates of some reads over more and more data. */
export interface Growth {
  /** Titles of the reads. */
  readonly cases: readonly string[];
  readonly sizes: readonly GrowthSize[];
}

/** One size of the data. */
export interface GrowthSize {
  readonly bars: number;
  readonly chunks: number;
  /** Answers a second: for each case, round by round. */
  readonly rates: readonly number[][];
}

const YEAR = `start=2024-11-01&end=${LAST_DAY}`;
const READS = [
  { title: 'latest', path: (symbol: string) => `/v1/market-data/latest/${symbol}`, holds: '"timestamp"' },
  {
    title: 'a year of daily bars',
    path: (symbol: string) => `/v1/market-data/daily/${symbol}?${YEAR}`,
    holds: '"day":',
  },
  {
    title: 'a year of gaps',
    path: (symbol: string) => `/v1/market-data/gaps/${symbol}?${YEAR}`,
    holds: '"coverage":1,',
  },
] as const;

/** The first day of the 57 chunks of seven days that end with the last day's. */
export const FIRST_DAY_OF_57 = '2024-10-03';

/** The databases of a run: 57 and 566 chunks, and these with more rows where those are wanted. */
export function growthDatabases({ rows }: Options): Wanted[] {
  const perDay = Math.ceil(rows / BARS);
  return [
    wanted('tetra_bench_57', { firstDay: FIRST_DAY_OF_57, perDay: 1 }),
    wanted('tetra_bench_566', { firstDay: FIRST_DAY, perDay: 1 }),
    ...(perDay > 1 ? [wanted(`tetra_bench_566_x${perDay}`, { firstDay: FIRST_DAY, perDay })] : []),
  ];
}

function wanted(name: string, bars: BarsWanted): Wanted {
  return { name, note: 'Bars for the benchmark, complete', load: (client, log) => loadBars(client, bars, log) };
}

/** Measures the same reads over each size, in turn. Answers the engine of the largest. */
export async function measureGrowth(
  databases: OwnDatabases,
  options: Options,
  build: Build,
  log: (line: string) => void,
): Promise<{ growth: Growth; engine: Engine }> {
  const made = await databases.open();
  const sizes = await measure(options, build, made, log);
  return { growth: { cases: READS.map(({ title }) => title), sizes }, engine: made.at(-1)!.engine };
}

async function measure(
  options: Options,
  build: Build,
  databases: readonly BenchDatabase[],
  log: (line: string) => void,
): Promise<GrowthSize[]> {
  const servers: Server[] = [];
  for (const { readerUrl } of databases) servers.push(await startApi(build, readerUrl));
  const sizes = databases.map(({ engine: { bars, chunks } }) => ({
    bars,
    chunks,
    rates: READS.map((): number[] => []),
  }));
  for (let round = 0; round <= options.rounds; round++) {
    for (const [i, read] of READS.entries()) {
      for (const [at, server] of servers.entries()) {
        const one = caseOf(read);
        if (round === 0) await check(read, server);
        const { rate, wrong } = await drive(one, server, round === 0 ? 1 : options.seconds);
        if (wrong.size > 0) log(`WRONG ${[...wrong].join(' ')}`);
        if (round === 0) continue;
        sizes[at]!.rates[i]!.push(rate);
        log(
          `round ${round}  ${read.title}, ${sizes[at]!.bars} bars in ${sizes[at]!.chunks} chunks: ${rate.toFixed(1)} /s`,
        );
      }
    }
  }
  for (const server of servers) await server.end();
  return sizes;
}

function caseOf({ path }: (typeof READS)[number]): Pick<Case, 'requests' | 'expect'> {
  return { requests: SYMBOLS.map((symbol) => ({ path: path(symbol) })), expect: [200] };
}

async function check(read: (typeof READS)[number], server: Server): Promise<void> {
  const text = await (await fetch(server.url + read.path(SYMBOLS[0]!))).text();
  if (!text.includes(read.holds)) throw new Error(`${read.title} is answered by ${text.slice(0, 300)}`);
}
