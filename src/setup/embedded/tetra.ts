import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { applySetup, setupDigest } from '../apply.js';
import { loadSample } from '../sample/sample.js';
import { binaries, isOurs, reachable, serverAccount } from './binaries.js';
import { claim, InUseError } from './claim.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './postgres.js';

export interface EmbeddedTetraOptions {
  /** Where the sample database lives between starts. */
  dataDir: string;
  /** Receives one line per thing worth knowing; no line holds a secret. */
  log: (line: string) => void;
  /** For tests: no durability, and the directory is removed at stop. */
  ephemeral?: boolean;
  /** The sample data ends the day before; the current time when absent. */
  now?: Date;
  /** Extra settings of the server, by name. */
  settings?: Record<string, string>;
  /** Told when the server ended by itself and cannot be started again. */
  onLost?: (error: Error) => void;
}

export interface EmbeddedTetra {
  /** The database `tetra` as tetra_reader: what the API logs in with. */
  readerUrl: string;
  /** The same as the superuser. */
  adminUrl: string;
  /** Ends the server; what it holds stays for the next start, unless ephemeral. Safe to call twice. */
  stop(): Promise<void>;
}

const DATABASE = 'tetra';

/**
 * What the sample database was made from; one that was made from something else is made anew. Raise the number when the
 * sample rows change; the set-up tells for itself.
 */
const format = (): string => `2-${setupDigest()}`;

/**
 * The database that needs no set-up: a PostgreSQL of our own with the Tetra schema and sample data, made on the first
 * start and reused on the next. One that was not finished is made again from nothing. Rejects in one line when another
 * process uses `dataDir`.
 */
export async function openEmbeddedTetra(options: EmbeddedTetraOptions): Promise<EmbeddedTetra> {
  const programs = await binaries(serverAccount(), options.log);
  const home = place(resolve(options.dataDir), options.log);
  const release = claimed(home);
  const file = (name: string): string => join(home, name);
  const madeFrom = format();
  let server: EmbeddedPostgres | undefined;
  const stop = async (): Promise<void> => {
    try {
      await server?.stop();
      if (options.ephemeral) rmSync(home, { recursive: true, force: true });
    } finally {
      release();
    }
  };
  try {
    const complete = existsSync(file('complete')) && readFileSync(file('complete'), 'utf8').startsWith(`${madeFrom} `);
    const { ephemeral, settings, log, onLost } = options;
    if (!complete) rmSync(file('complete'), { force: true });
    server = await startEmbeddedPostgres({
      programs,
      dataDir: file('cluster'),
      ephemeral,
      settings,
      log,
      onLost,
      fresh: !complete,
    });
    if (!complete) await fill(server, home, madeFrom, options);
    const loaded = readFileSync(file('complete'), 'utf8').slice(madeFrom.length + 1, madeFrom.length + 11);
    log(`Serving SAMPLE DATA (made on ${loaded}) from a built-in PostgreSQL in ${home}; set DATABASE_URL for your own`);
    const reader = new URL(server.url(DATABASE));
    reader.username = 'tetra_reader';
    reader.password = readFileSync(file('reader.password'), 'utf8');
    return { readerUrl: reader.href, adminUrl: server.url(DATABASE), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Everything up to the mark that says so: whatever stops it half-way, the next start begins again. */
async function fill(
  server: EmbeddedPostgres,
  home: string,
  madeFrom: string,
  { now = new Date(), log }: EmbeddedTetraOptions,
): Promise<void> {
  log('Making the sample database: a few seconds, once');
  const readerPassword = randomBytes(24).toString('base64url');
  writeFileSync(join(home, 'reader.password'), readerPassword, { mode: 0o600 });
  await connected(server.url(), (client) => client.query(`CREATE DATABASE ${DATABASE}`));
  await connected(server.url(DATABASE), async (client) => {
    await applySetup(client, { readerPassword });
    await loadSample(client, { now });
  });
  writeFileSync(join(home, 'complete.new'), `${madeFrom} ${now.toISOString()}\n`);
  renameSync(join(home, 'complete.new'), join(home, 'complete'));
}

async function connected(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'tetra-embedded' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function claimed(home: string): () => void {
  try {
    return claim(join(home, 'lock'));
  } catch (error) {
    if (!(error instanceof InUseError)) throw error;
    throw new InUseError(
      `The sample database in ${home} is ${error.message}: stop that one first, or set DATABASE_URL`,
    );
  }
}

/** `dataDir`, or a directory of this checkout below the temporary one where the server's account cannot reach it. */
function place(dataDir: string, log: (line: string) => void): string {
  const account = serverAccount();
  // Others pass through, and see nothing: the cluster and the passwords have their own, tighter modes.
  make(dataDir, account.uid === undefined ? 0o700 : 0o711);
  if (reachable(dataDir, account)) return dataDir;
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const home = join(tmpdir(), `tetra-${name}`);
  make(home, 0o711);
  if (!isOurs(home)) throw new Error(`${home} belongs to someone else: remove it, or set DATABASE_URL`);
  log(`PostgreSQL cannot run as root, and its account cannot reach ${dataDir}: the data is in ${home}`);
  return home;
}

function make(directory: string, mode: number): void {
  if (existsSync(directory)) return;
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, mode);
}
