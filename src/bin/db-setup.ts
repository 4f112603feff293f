import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { applyRetention, applySetup } from '../setup/apply.js';
import { refreshDaily } from '../setup/daily-refresh.js';
import { adminOf, lineOf } from './admin.js';

const HELP = `Sets up the Tetra database: schemas, tables, daily bars and roles. Safe to repeat.

  DATABASE_ADMIN_URL=postgres://admin@host:5432/tetra npm run db:setup -- [options]

  --reader-password-file FILE   give tetra_reader (what the API logs in as) the password on the file's first line
  --app-password-file FILE      the same for tetra_app (what the pipeline logs in as)
  --without-timescaledb         plain tables even where TimescaleDB is at hand
  --retention                   also prepare tetra retain, which archives bars older than two years (TimescaleDB only)
  --help                        this text

DATABASE_ADMIN_URL is the database to set up, as a superuser. No password is printed.
`;

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

try {
  await main();
} catch (error) {
  process.stderr.write(`db:setup: ${lineOf(error)}\n`);
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
  const { connect, place } = adminOf(process.env.DATABASE_ADMIN_URL, 'tetra-db-setup');
  const client = await connect();
  try {
    print(`Setting up ${place}`);
    const timescaledb = values['without-timescaledb'] ? 'never' : 'auto';
    await applySetup(client, { readerPassword, appPassword, timescaledb, log: print });
    if (values.retention) {
      await applyRetention(client);
      print('Retention: prepared; run `tetra retain` every day, by cron: it archives bars older than two years');
    }
    const { continuous, left } = await refreshDaily(connect, { log: print });
    if (continuous && left === 0) print('Daily bars: market_data.ohlcv_daily is up to date wherever there are bars');
    print('Done');
  } finally {
    await client.end();
  }
}

function password(option: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  let line: string | undefined;
  try {
    line = readFileSync(file, 'utf8').split(/\r?\n/, 1)[0];
  } catch (error) {
    throw new Error(`${option}: ${lineOf(error)}`, { cause: error });
  }
  if (!line) throw new Error(`${option}: ${file} has no password on its first line`);
  return line;
}
