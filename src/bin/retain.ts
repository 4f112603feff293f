import { parseArgs } from 'node:util';
import { NotAllowed, retain as archive } from '../setup/retention.js';
import { adminOf } from './admin.js';

/** Shown by `tetra retain --help`. */
export const RETAIN_HELP = `Moves bars older than what is kept (market_data.ohlcv_retention) into market_data.ohlcv_archive.

  DATABASE_ADMIN_URL=postgres://admin@host:5432/tetra tetra retain [--limit N] [--dry-run] [--go] [--quiet]

  --limit N   at most N slices of the hypertable (7 days each); the next run goes on from there
  --dry-run   says what would be archived, and changes nothing, with --go neither
  --go        allows it in this database, and archives: after a restore, a recovery or a promotion it waits for this
  --quiet     says nothing when all went well, for cron

Set up by: npm run db:setup -- --retention. Each slice is archived, compared and dropped in one transaction; a run that
ends anywhere loses nothing. Exit code: 0 done, 1 slices are left for another run, 3 not set up or paused, 2 an error.
`;

/** Runs the retention; answers the exit code. */
export async function retain(args: string[], print: (text: string) => void): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      limit: { type: 'string' },
      'dry-run': { type: 'boolean' },
      go: { type: 'boolean' },
      quiet: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    print(RETAIN_HELP);
    return 0;
  }
  if (values.limit !== undefined && !/^[1-9]\d{0,5}$/.test(values.limit)) throw new Error('--limit is a number from 1');
  const admin = adminOf(process.env.DATABASE_ADMIN_URL, 'tetra-retain');
  const say = (line: string): void => (values.quiet ? undefined : print(`${line}\n`));
  let stopped = false;
  const stop = (): void => void (stopped = true);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const dryRun = values['dry-run'] === true;
    const { slices, bars, left } = await archive(admin.connect, {
      ...(values.limit === undefined ? {} : { limit: Number(values.limit) }),
      dryRun,
      go: values.go === true,
      stopped: () => stopped,
      log: say,
    });
    if (values.go) say(`Retention ${dryRun ? 'would be allowed to' : 'may'} work in ${admin.place}`);
    say(`${slices} slices with ${bars} bars archived, ${left} left`);
    return left > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof NotAllowed)) throw error;
    // Always said: a paused job must not be forgotten.
    print(`tetra retain: ${error.message}\n`);
    return 3;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
