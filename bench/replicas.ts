import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Build } from './build.ts';
import { allCases, type Case, tryCase } from './cases.ts';
import { drive, median, type Stretch, wrongAnswers } from './drive.ts';
import type { Options } from './options.ts';
import { freePort, keep, type Server } from './processes.ts';
import { coreSeconds, CpuQuota } from './quota.ts';
import { startApi } from './servers.ts';

const HAPROXY = '/usr/sbin/haproxy';
const CASES = ['latest', 'daily', 'graphql.latest'];
/** Until both are compiled alike: the one that is asked alone would be ahead. */
const WARM_UP_SECONDS = 8;
/** Delay of the event loop from which a whole core refuses requests, in milliseconds. */
const DELAY = 300;
/** Enough for two processes to have a queue each. */
export const REPLICA_CONNECTIONS = 32;

/** One case on one or two replicas in one round. */
export interface Run extends Stretch {
  /** Cores that each replica used. */
  readonly replicas: readonly number[];
  /** The part of the periods in which a replica that got requests had used up its share; null without a quota. */
  readonly exhausted: number | null;
  /** Cores that were busy, the whole machine's. */
  readonly cores: number;
}

/** What was measured with each process limited to a share of a core, or not limited (null). */
export interface Scaling {
  readonly share: number | null;
  readonly cases: readonly { readonly title: string; readonly one: Run[]; readonly two: Run[] }[];
}

/** How many cores there are. */
export const CORES = availableParallelism();

/**
 * Measures the same load on one replica and on two, in turn, behind the HAProxy configuration that is shipped: first
 * with each of them limited to a share of a core, so that the machine is not what limits both, then as they are.
 */
export class ReplicaRun {
  readonly #servers: Server[] = [];
  readonly #quotas: CpuQuota[] = [];
  readonly #children: ChildProcess[] = [];

  readonly #options: Options;
  readonly #build: Build;
  readonly #readerUrl: string;
  readonly #log: (line: string) => void;

  constructor(options: Options, build: Build, readerUrl: string, log: (line: string) => void) {
    this.#options = options;
    this.#build = build;
    this.#readerUrl = readerUrl;
    this.#log = log;
    if (!existsSync(HAPROXY)) throw new Error(`${HAPROXY} is not installed`);
  }

  async measure(): Promise<Scaling[]> {
    const { share } = this.#options;
    // With a share of a core, the same work takes so much longer.
    const env = { MAX_EVENT_LOOP_DELAY_MS: String(Math.round(DELAY / share)) };
    for (let i = 0; i < 2; i++) {
      this.#servers.push(await startApi(this.#build, this.#readerUrl, undefined, env));
    }
    const cases = (await allCases(this.#servers[0]!)).filter(({ name }) => CASES.includes(name));
    for (const server of this.#servers) {
      for (const one of cases) {
        await tryCase(one, server);
        await drive(one, server, this.#options.quick ? 1 : WARM_UP_SECONDS, REPLICA_CONNECTIONS);
      }
    }
    const entrances = [await this.#balance(1), await this.#balance(2)] as const;
    for (const [i, { pid }] of this.#servers.entries()) {
      const quota = CpuQuota.make(`tetra_bench_${process.pid}_${i}`, share);
      this.#quotas.push(quota);
      quota.add(pid);
    }
    for (const one of cases) await this.#run(one, entrances[1], 2, share);
    const limited = await this.#rounds(cases, entrances, share);
    for (const quota of this.#quotas) quota.lift();
    return [limited, await this.#rounds(cases, entrances, null)];
  }

  /** Ends everything that was started. */
  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    await Promise.all(this.#servers.map((server) => server.end()));
    for (const quota of this.#quotas) quota.remove();
  }

  /** The shipped HAProxy configuration over the first so many replicas; its address once all of them are in use. */
  async #balance(replicas: 1 | 2): Promise<string> {
    const [listen, stats, nobody] = [await freePort(), await freePort(), await freePort()];
    const at = (i: number): string => (i < replicas ? new URL(this.#servers[i]!.url).host : `127.0.0.1:${nobody}`);
    const config = join(this.#build.project, 'deploy', 'haproxy', 'haproxy.cfg');
    const child = spawn(HAPROXY, ['-db', '-f', config], {
      env: {
        TETRA_LISTEN: `127.0.0.1:${listen}`,
        TETRA_STATS: `127.0.0.1:${stats}`,
        TETRA_API_1: at(0),
        TETRA_API_2: at(1),
      },
      stdio: 'ignore',
    });
    keep(child);
    this.#children.push(child);
    for (let tries = 0; tries < 200; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const csv = await fetch(`http://127.0.0.1:${stats}/;csv`).then((answer) => answer.text(), String);
      const up = csv.split('\n').filter((line) => /^api,api\d,/.test(line) && line.split(',')[17] === 'UP');
      // HAProxy takes all for well until it has looked.
      if (tries > 40 && up.length === replicas) return `http://127.0.0.1:${listen}`;
    }
    throw new Error('HAProxy does not see the replicas');
  }

  async #rounds(cases: readonly Case[], entrances: readonly [string, string], share: number | null): Promise<Scaling> {
    const measured = cases.map(({ title }) => ({ title, one: [] as Run[], two: [] as Run[] }));
    for (let round = 1; round <= this.#options.rounds; round++) {
      for (const [i, one] of cases.entries()) {
        for (const replicas of [1, 2] as const) {
          const run = await this.#run(one, entrances[replicas - 1]!, replicas, share);
          measured[i]![replicas === 1 ? 'one' : 'two'].push(run);
          const bad = wrongAnswers([run]);
          const limit = share === null ? 'no limit' : `${share} of a core each`;
          const used = run.replicas.map((cores) => cores.toFixed(2)).join(' + ');
          this.#log(
            `round ${round}  ${limit}  ${one.title}, ${replicas}: ${run.rate.toFixed(0)} /s, replicas ${used}, machine ${run.cores.toFixed(2)} of ${CORES} cores${bad && `, WRONG ${bad}`}`,
          );
        }
      }
    }
    return { share, cases: measured };
  }

  async #run(one: Case, url: string, replicas: 1 | 2, share: number | null): Promise<Run> {
    const servers = this.#servers.slice(0, replicas);
    const quotas = this.#quotas.slice(0, replicas);
    const usage = (): { cpu: number; resident: number } => {
      const all = servers.map((server) => server.usage() ?? { cpu: NaN, resident: NaN });
      return { cpu: all.reduce((sum, { cpu }) => sum + cpu, 0), resident: Math.max(...all.map((a) => a.resident)) };
    };
    const before = servers.map((server) => server.usage()!.cpu);
    const periods = quotas.map((quota) => quota.periods);
    const machine = coreSeconds();
    const started = performance.now();
    const stretch = await drive(one, { ...servers[0]!, url, usage }, this.#options.seconds, REPLICA_CONNECTIONS);
    const seconds = (performance.now() - started) / 1000;
    const then = coreSeconds();
    const parts = quotas.map((quota, i) => {
      const { all, exhausted } = quota.periods;
      return (exhausted - periods[i]!.exhausted) / (all - periods[i]!.all);
    });
    return {
      ...stretch,
      replicas: servers.map((server, i) => (server.usage()!.cpu - before[i]!) / seconds),
      exhausted: share === null ? null : Math.min(...parts),
      cores: (CORES * (then.busy - machine.busy)) / (then.all - machine.all),
    };
  }
}

/** How many times the answers of one replica two of them gave: the middle of the rounds' own ratios. */
export function ratioOf({ one, two }: Scaling['cases'][number]): number {
  return median(two.map(({ rate }, i) => rate / one[i]!.rate));
}
