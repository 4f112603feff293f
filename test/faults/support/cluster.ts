import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/setup/embedded/postgres.js';
import { applySetup } from '../../../src/setup/apply.js';
import { loadSample } from '../../../src/setup/sample/sample.js';
import { until } from './wait.js';

/** What must never leave the server: the password that the API logs in with. */
export const CANARY = 'canary-7f3a9b1c5d';

/** A PostgreSQL of the battery's own, with the sample data, to be killed, stopped and started again. */
export class Cluster {
  private constructor(
    private readonly home: string,
    readonly port: number,
    private server: EmbeddedPostgres,
  ) {}

  /** A new one, filled. */
  static async start(): Promise<Cluster> {
    const home = mkdtempSync(join(tmpdir(), 'tetra-faults-'));
    chmodSync(home, 0o711);
    const port = await freePort();
    const cluster = new Cluster(home, port, await boot(home, port));
    await cluster.as('postgres', (client) => client.query('create database tetra'));
    await cluster.admin(async (client) => {
      const { timescaledb } = await applySetup(client, { readerPassword: CANARY });
      if (PGBIN && !timescaledb) throw new Error(`the programs in ${PGBIN} have no TimescaleDB`);
      process.stderr.write(
        timescaledb
          ? 'The battery runs on TimescaleDB.\n'
          : 'The battery runs on plain PostgreSQL; set TEST_FAULTS_PGBIN to programs with TimescaleDB.\n',
      );
      await loadSample(client);
      await slowNews(client);
    });
    return cluster;
  }

  /** Where the API finds it; through another port when a proxy stands between. */
  url(port = this.port): string {
    return `postgres://tetra_reader:${CANARY}@127.0.0.1:${port}/tetra`;
  }

  /** Runs work as the superuser. */
  admin<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return this.as('tetra', work);
  }

  /** Runs work as tetra_reader. */
  async reader<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return connected(this.url(), work);
  }

  /** How long each list of news takes from now on, in seconds. */
  async slow(seconds: number): Promise<void> {
    await this.admin((client) => client.query('update faults.slow set seconds = $1', [seconds]));
  }

  /** The backends of the API, by what they do. */
  async backends(state?: 'active'): Promise<{ pid: number; query: string; application: string }[]> {
    const { rows } = await this.admin((client) =>
      client.query<{ pid: number; query: string; application: string }>(
        `select pid, query, application_name as application from pg_stat_activity
         where usename = 'tetra_reader' and ($1::text is null or state = $1)`,
        [state ?? null],
      ),
    );
    return rows;
  }

  /** Sends a signal to one of its processes. */
  signal(pid: number, signal: NodeJS.Signals): void {
    process.kill(pid, signal);
  }

  /** The process that all others descend from. */
  get postmaster(): number {
    return Number(readFileSync(join(this.home, 'cluster', 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
  }

  /** Every process of the server, the postmaster first. */
  processes(): number[] {
    const postmaster = this.postmaster;
    const children = readdirSync('/proc').filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return /^\d+$/.test(name) && Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === postmaster;
      } catch {
        return false;
      }
    });
    return [postmaster, ...children.map(Number)];
  }

  /** Stops every process where it is; what it answers makes them go on. */
  freeze(): () => void {
    const pids = this.processes();
    for (const pid of pids) signalled(pid, 'SIGSTOP');
    return () => {
      for (const pid of pids) signalled(pid, 'SIGCONT');
    };
  }

  /** Kills the postmaster, by default so that it cannot say farewell, and waits until nothing of it is left. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const pids = this.processes();
    process.kill(pids[0]!, signal);
    await until('every process of the server is gone', () => !pids.some(alive));
  }

  /** Starts it again on its port. */
  async restart(): Promise<void> {
    this.server = await boot(this.home, this.port);
  }

  /** Ends it and removes what it had. */
  async remove(): Promise<void> {
    await this.server.stop();
    rmSync(this.home, { recursive: true, force: true });
  }

  private as<T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
    return connected(this.server.url(database), work);
  }
}

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** PostgreSQL programs with TimescaleDB, where the operator has some: the battery's servers are those then. */
const PGBIN = process.env.TEST_FAULTS_PGBIN;

function boot(home: string, port: number): Promise<EmbeddedPostgres> {
  const timescaledb = {
    shared_preload_libraries: 'timescaledb,pg_stat_statements',
    'timescaledb.telemetry_level': 'off',
    max_worker_processes: '16',
  };
  return startEmbeddedPostgres({
    dataDir: join(home, 'cluster'),
    port,
    settings: {
      max_connections: '60',
      fsync: 'off',
      track_activity_query_size: '16384',
      ...(PGBIN ? timescaledb : {}),
    },
    ...(PGBIN
      ? {
          programs: {
            postgres: join(PGBIN, 'postgres'),
            initdb: join(PGBIN, 'initdb'),
            pg_ctl: join(PGBIN, 'pg_ctl'),
          },
        }
      : {}),
  });
}

/**
 * Puts a view that waits in the place of the news, so that a statement takes as long as a test wants it to. The look at
 * the newest row, which all requests share, does not wait.
 */
export async function slowNews(client: pg.Client): Promise<void> {
  await client.query(`
    create schema faults;
    create table faults.slow (seconds float8 not null);
    insert into faults.slow values (0);
    grant usage on schema faults to tetra_reader;
    grant select on faults.slow to tetra_reader;
    alter table news.news_articles rename to articles_kept;
    create view news.news_articles as
      select * from news.articles_kept where (
        select case when current_query() like '% as last%' then true else pg_sleep(seconds) is not null end
        from faults.slow);
    grant select on news.news_articles to tetra_reader;`);
}

/** Sends a signal to a process, unless it has just ended by itself. */
function signalled(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function alive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** A port that nobody uses. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
