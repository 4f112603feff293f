import { setTimeout as pause } from 'node:timers/promises';
import { type BesideFigures, measureBeside } from './beside-exports.ts';
import type { Build } from './build.ts';
import { allCases, type Case, type CaseName, type Peer, PEERS, tryCase } from './cases.ts';
import { type DashboardFigures, measureDashboard } from './dashboard.ts';
import { type BenchDatabase, connected } from './database.ts';
import { drive, median, type Stretch, wrongAnswers } from './drive.ts';
import { type ExportFigures, measureExports } from './exports.ts';
import type { Options } from './options.ts';
import type { Server } from './processes.ts';
import { startApi, startByHand, startPostgraphile } from './servers.ts';

/** Everything that a comparison measured. */
export interface Comparison {
  readonly cases: readonly Case[];
  /** The stretches of each case, round by round. */
  readonly rounds: ReadonlyMap<CaseName, readonly Stretch[]>;
  readonly dashboards: readonly DashboardFigures[];
  readonly exports: ExportFigures;
  readonly beside: readonly BesideFigures[];
  /** From the start of the process to ready, in milliseconds: the middle of several starts. */
  readonly readyMs: number;
}

/**
 * A slow case gets at least so many seconds, and so many times those of the others: it has only a few answers in each.
 */
const SLOW_SECONDS = 10;
const SLOW = 3;
const WARM_UP_SECONDS = 1;
const STARTS = 5;
const SETTLE_MS = 60_000;

/** Drives every case in turn, round by round, then what is measured alone. */
export async function compare(
  options: Options,
  build: Build,
  database: BenchDatabase,
  log: (line: string) => void,
): Promise<Comparison> {
  const { readerUrl } = database;
  const readyMs = await measureStarts(build, readerUrl, options.quick ? 1 : STARTS);
  log(`Start to ready: ${readyMs.toFixed(0)} ms`);
  const servers: Record<Peer, Server> = {
    api: await startApi(build, readerUrl),
    hand: await startByHand(readerUrl),
    postgraphile: await startPostgraphile(readerUrl),
  };
  const cases = await allCases(servers.api);
  for (const one of cases) await tryCase(one, servers[one.peer]);
  const rounds = new Map<CaseName, Stretch[]>(cases.map((one) => [one.name, []]));
  for (let round = 0; round <= options.rounds; round++) {
    for (const one of cases) {
      const seconds = round === 0 ? WARM_UP_SECONDS : secondsOf(one, options.seconds);
      const stretch = await drive(one, servers[one.peer], seconds);
      await settle(readerUrl);
      if (round === 0) continue;
      rounds.get(one.name)!.push(stretch);
      const bad = wrongAnswers([stretch]);
      const figures = `${stretch.rate.toFixed(1)} /s, p50 ${stretch.p50.toFixed(1)} ms${bad && `, WRONG ${bad}`}`;
      log(`round ${round}  ${one.title} (${PEERS[one.peer]}): ${figures}`);
    }
  }
  await servers.hand.end();
  await servers.postgraphile.end();
  const dashboards: DashboardFigures[] = [];
  for (const shape of ['columns', 'nodes'] as const) {
    const figures = await measureDashboard(shape, servers.api, build, readerUrl, options.quick ? 5 : 40);
    log(`Dashboard as ${shape}: p95 ${figures.p95.toFixed(0)} ms, ${figures.statements} statements`);
    dashboards.push(figures);
  }
  await servers.api.end();
  const exports = await measureExports(build, readerUrl, options.quick ? 1 : 5);
  log(`Export: ${exports.rate.toFixed(0)} rows/s of ${exports.copyRate.toFixed(0)}`);
  const beside = await measureBeside(build, readerUrl, options.quick ? 1 : options.rounds, options.seconds);
  for (const { format, alone, beside: p99 } of beside)
    log(`Pages beside an export as ${format}: p99 ${p99.toFixed(1)} ms, alone ${alone.toFixed(1)} ms`);
  return { cases, rounds, dashboards, exports, beside, readyMs };
}

function secondsOf({ slow }: Case, seconds: number): number {
  return slow ? Math.max(SLOW_SECONDS, seconds * SLOW) : seconds;
}

async function measureStarts(build: Build, readerUrl: string, times: number): Promise<number> {
  const spent: number[] = [];
  for (let i = 0; i < times; i++) {
    const api = await startApi(build, readerUrl);
    spent.push(api.readyMs);
    await api.end();
  }
  return median(spent);
}

/** Waits until what a peer still runs for clients that have left is over, so that the next case has the machine. */
async function settle(databaseUrl: string): Promise<void> {
  const until = performance.now() + SETTLE_MS;
  await connected(databaseUrl, async (client) => {
    while (performance.now() < until) {
      const { rowCount } = await client.query(
        `select from pg_stat_activity where application_name in ('bench-fastify', 'bench-postgraphile') and state = 'active'`,
      );
      if (rowCount === 0) return;
      await pause(20);
    }
  });
}
