import type pg from 'pg';
import type { Build } from './build.ts';
import { asReader, type BenchDatabase, connected, type Engine, lookAt } from './database.ts';
import type { Options } from './options.ts';

/** A database of the benchmark's own. */
export interface Wanted {
  readonly name: string;
  /** The comment on it once it was loaded to its end: one that says otherwise is made anew. */
  readonly note: string;
  load(client: pg.Client, log: (line: string) => void): Promise<void>;
}

/** Databases of the benchmark's own, of several sizes, beside the given one, which is only connected to. */
export class OwnDatabases {
  readonly #wanted: readonly Wanted[];
  readonly #url: string;
  readonly #options: Options;
  readonly #build: Build;
  readonly #log: (line: string) => void;

  /** @throws Error where no database is named */
  constructor(wanted: readonly Wanted[], options: Options, build: Build, log: (line: string) => void) {
    if (!options.databaseUrl) throw unsuitable();
    this.#options = options;
    this.#build = build;
    this.#log = log;
    this.#wanted = wanted;
    this.#url = options.databaseUrl;
  }

  /**
   * Makes them, the smallest first, or takes those that a run with --keep left. Rejects where there is no TimescaleDB.
   */
  async open(): Promise<BenchDatabase[]> {
    if (!(await connected(this.#url, hasTimescale))) throw unsuitable();
    const made: BenchDatabase[] = [];
    for (const one of this.#wanted) {
      const adminUrl = inDatabase(this.#url, one.name);
      const readerUrl = inDatabase(this.#options.readerUrl ?? asReader(this.#url), one.name);
      made.push({ adminUrl, readerUrl, engine: await this.#make(one, adminUrl) });
    }
    return made;
  }

  /** Drops them, unless they are to be kept. */
  async close(): Promise<void> {
    if (!this.#options.keep) for (const { name } of this.#wanted) await this.#drop(name);
  }

  async #make(wanted: Wanted, url: string): Promise<Engine> {
    const there = await connected(this.#url, (client) =>
      client.query<{ note: string | null }>(
        `select shobj_description(oid, 'pg_database') as note from pg_database where datname = $1`,
        [wanted.name],
      ),
    );
    if (there.rows[0]?.note === wanted.note) return connected(url, (client) => lookAt(client, false));
    await this.#drop(wanted.name);
    this.#log(`Making ${wanted.name}`);
    await connected(this.#url, (client) => client.query(`create database ${wanted.name}`));
    const { applySetup } = await this.#build.setup();
    return connected(url, async (client) => {
      await applySetup(client);
      await wanted.load(client, this.#log);
      await client.query(`comment on database ${wanted.name} is '${wanted.note}'`);
      return lookAt(client, false);
    });
  }

  async #drop(name: string): Promise<void> {
    await connected(this.#url, (client) => client.query(`drop database if exists ${name} with (force)`));
  }
}

async function hasTimescale(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query(`select from pg_available_extensions where name = 'timescaledb'
    and current_setting('shared_preload_libraries') like '%timescaledb%'`);
  return rowCount !== 0;
}

function unsuitable(): Error {
  return new Error('this is about chunks: name a server with TimescaleDB in BENCH_DATABASE_URL, as a superuser');
}

function inDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
