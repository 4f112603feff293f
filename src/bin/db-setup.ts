import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { applyRetention, applySetup } from '../setup/apply.js';

const HELP = `Sets up the Tetra database: schemas, tables, daily bars and roles. Safe to repeat.

  DATABASE_ADMIN_URL=postgres://admin@host:5432/tetra npm run db:setup -- [options]

  --reader-password-file FILE   give tetra_reader (what the API logs in as) the password on the file's first line
  --app-password-file FILE      the same for tetra_app (what the pipeline logs in as)
  --without-timescaledb         plain tables even where TimescaleDB is at hand
  --retention                   also archive and then delete bars older than two years, from now on (TimescaleDB only)
  --help                        this text

DATABASE_ADMIN_URL is the database to set up, as a superuser. No password is printed.
`;

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

try {
  await main();
} catch (error) {
  process.stderr.write(`db:setup: ${message(error)}\n`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'reader-password-file': { type: 'string' },
      'app-password-file': { type: 'string' },
      'without-timescaledb': { type: 'boolean' },
      retention: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const readerPassword = password('--reader-password-file', values['reader-password-file']);
  const appPassword = password('--app-password-file', values['app-password-file']);
  const { client, place } = await connect(process.env.DATABASE_ADMIN_URL);
  try {
    print(`Setting up ${place}`);
    const timescaledb = values['without-timescaledb'] ? 'never' : 'auto';
    await applySetup(client, { readerPassword, appPassword, timescaledb, log: print });
    if (values.retention) {
      await applyRetention(client);
      print('Retention: bars older than two years are archived in market_data.ohlcv_archive, then dropped');
    }
    print('Done');
  } finally {
    await client.end();
  }
}

async function connect(text: string | undefined): Promise<{ client: pg.Client; place: string }> {
  if (!text) throw new Error('DATABASE_ADMIN_URL is not set: postgres://admin@host:5432/tetra');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new Error('DATABASE_ADMIN_URL is not a postgres:// URL (its value is not shown here)');
  }
  const place = `${url.host}${url.pathname}`;
  const client = new pg.Client({
    connectionString: text,
    application_name: 'tetra-db-setup',
    connectionTimeoutMillis: 10_000,
  });
  // A connection that breaks between two steps is reported by the next step.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw new Error(`DATABASE_ADMIN_URL: cannot connect to ${place}: ${message(error)}`, { cause: error });
  }
  return { client, place };
}

function password(option: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  let line: string;
  try {
    line = readFileSync(file, 'utf8').split(/\r?\n/, 1)[0];
  } catch (error) {
    throw new Error(`${option}: ${message(error)}`, { cause: error });
  }
  if (!line) throw new Error(`${option}: ${file} has no password on its first line`);
  return line;
}

/** One line; a failed connection to several addresses has its text in the first of them. */
function message(error: unknown): string {
  const one = error instanceof AggregateError ? error.errors[0] : error;
  return String(one instanceof Error ? one.message : one).replace(/\s*\n\s*/g, ' ');
}
