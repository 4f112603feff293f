import { type ChildProcess, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applySetup } from '../../../src/setup/apply.js';
import { SUPERVISE } from '../../../src/setup/embedded/postgres.js';
import { loadSample } from '../../../src/setup/sample/sample.js';
import { asAdmin } from '../../support/database.js';
import { account, freePort, Hopeless, must, own, PGBIN, until } from './tools.js';

/** A temporary directory of the servers' account, with a copy of the scripts that account can read. */
export interface Home {
  readonly path: string;
  /** Path of a script of db/backup. */
  script(name: string): string;
  remove(): void;
}

export function makeHome(): Home {
  const path = mkdtempSync(join(tmpdir(), 'tetra-ops-'));
  cpSync(new URL('../../../db/backup', import.meta.url), join(path, 'scripts'), { recursive: true });
  chmodSync(path, 0o755);
  own(path);
  return {
    path,
    script: (name) => join(path, 'scripts', name),
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 10 }),
  };
}

/** A PostgreSQL 15 server of a test's own on 127.0.0.1; it ends with this process. */
export class Cluster {
  #child: ChildProcess | undefined;

  private constructor(
    readonly dir: string,
    readonly port: number,
  ) {}

  /** A new cluster that trusts whoever comes from this machine. */
  static async create(home: Home, name: string, settings: Record<string, string> = {}): Promise<Cluster> {
    const dir = join(home.path, name);
    await must(join(PGBIN, 'initdb'), [
      ...['-D', dir, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
    ]);
    const cluster = await Cluster.at(dir);
    cluster.configure({ fsync: 'off', ...settings });
    return cluster;
  }

  /** A cluster in a directory that is there already; on a port of its own where none is given. */
  static async at(dir: string, port?: number): Promise<Cluster> {
    return new Cluster(dir, port ?? (await freePort()));
  }

  /** Adds settings; they hold from the next start or reload. */
  configure(settings: Record<string, string>): void {
    const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`);
    appendFileSync(join(this.dir, 'postgresql.conf'), lines.join(''));
  }

  /** Replaces pg_hba.conf. */
  allow(lines: string): void {
    writeFileSync(join(this.dir, 'pg_hba.conf'), lines);
  }

  /** Starts the server and waits until it takes connections on its address. */
  async start(address = '127.0.0.1'): Promise<void> {
    const args = ['-D', this.dir, '-p', String(this.port)];
    const fixed = ['-c', `listen_addresses=${address}`, '-c', 'unix_socket_directories='];
    const child = spawn('/bin/sh', ['-c', SUPERVISE, join(PGBIN, 'postgres'), ...args, ...fixed], {
      ...account,
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    this.#child = child;
    let words = '';
    child.stdin?.on('error', () => undefined);
    child.stderr?.on('data', (bytes: Buffer) => (words = (words + bytes.toString()).slice(-4000)));
    await until(`PostgreSQL takes connections on ${this.port}`, async () => {
      if (child.exitCode !== null) throw new Hopeless(words);
      await must(join(PGBIN, 'pg_isready'), ['-h', address, '-p', String(this.port)]);
      return true;
    });
  }

  /** Connection URL as a role. */
  url(database: string, user = 'postgres', password = ''): string {
    return `postgres://${user}${password && `:${password}`}@127.0.0.1:${this.port}/${database}`;
  }

  /** What scripts need to find this server. */
  get env(): NodeJS.ProcessEnv {
    return { PGHOST: '127.0.0.1', PGPORT: String(this.port), PGUSER: 'postgres' };
  }

  /** Rows of a statement as the superuser. */
  sql<Row extends object = Record<string, string>>(text: string, database = 'postgres'): Promise<Row[]> {
    return asAdmin(this.url(database), async (client) => (await client.query<Row>(text)).rows);
  }

  /** Makes the database `tetra` with the sample in it, and the reader's password. */
  async addSample(readerPassword?: string): Promise<void> {
    await this.sql('create database tetra');
    await asAdmin(this.url('tetra'), async (client) => {
      await applySetup(client, { readerPassword });
      await loadSample(client);
    });
  }

  /** A streaming standby of this server, which has started. */
  async standby(home: Home, name: string): Promise<Cluster> {
    const dir = join(home.path, name);
    await must(join(PGBIN, 'pg_basebackup'), ['-D', dir, '-R', '-X', 'stream', '-c', 'fast'], this.env);
    const standby = await Cluster.at(dir);
    await standby.start();
    return standby;
  }

  /** Waits until this standby has all that its primary has written up to now. */
  async replayed(primary: Cluster): Promise<void> {
    const [row] = await primary.sql<{ lsn: string }>('select pg_current_wal_flush_lsn()::text as lsn');
    await until('the standby has replayed', async () => {
      const [at] = await this.sql<{ there: boolean }>(`select pg_last_wal_replay_lsn() >= '${row!.lsn}' as there`);
      return at!.there;
    });
  }

  /** Sends a signal to the postmaster and every process of the server, as when the machine halts or goes on. */
  signal(name: NodeJS.Signals): void {
    const postmaster = readFileSync(join(this.dir, 'postmaster.pid'), 'utf8').split('\n', 1)[0]!;
    for (const pid of [postmaster, ...childrenOf(postmaster)]) {
      try {
        process.kill(Number(pid), name);
      } catch {
        // It has just ended.
      }
    }
  }

  /** Ends the server. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.stdin?.end();
    await gone;
  }
}

/** Processes that a process started. */
export function childrenOf(parent: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === parent;
    } catch {
      return false;
    }
  });
}
