import { parseArgs } from 'node:util';
import { refreshDaily } from '../setup/daily-refresh.js';
import { adminOf } from './admin.js';

/** Shown by `tetra refresh --help`. */
export const REFRESH_HELP = `Brings market_data.ohlcv_daily up to date wherever there are bars.

  DATABASE_ADMIN_URL=postgres://admin@host:5432/tetra tetra refresh [--limit N] [--dry-run] [--quiet]

  --limit N   at most N stretches (a stretch is a slice of the hypertable: 7 days); the next run goes on from there
  --dry-run   says what would be refreshed, and changes nothing
  --quiet     says nothing when all went well, for cron

It never takes a daily row whose bars are gone: what retention has dropped lives on in the aggregate. Days up to
yesterday are stored; today's are added by real-time aggregation. Ended by Ctrl-C it stops after the stretch under way.
Exit code: 0 nothing is left to do, 1 --limit or Ctrl-C left stretches for another run.
`;

/** Runs the refresh; answers the exit code. */
export async function refresh(args: string[], print: (text: string) => void): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      limit: { type: 'string' },
      'dry-run': { type: 'boolean' },
      quiet: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    print(REFRESH_HELP);
    return 0;
  }
  if (values.limit !== undefined && !/^[1-9]\d{0,5}$/.test(values.limit)) throw new Error('--limit is a number from 1');
  const admin = adminOf(process.env.DATABASE_ADMIN_URL, 'tetra-refresh');
  const say = (line: string): void => (values.quiet ? undefined : print(`${line}\n`));
  let stopped = false;
  const stop = (): void => void (stopped = true);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const { continuous, refreshed, left, kept } = await refreshDaily(admin.connect, {
      ...(values.limit === undefined ? {} : { limit: Number(values.limit) }),
      dryRun: values['dry-run'] === true,
      stopped: () => stopped,
      log: say,
    });
    if (!continuous) say('market_data.ohlcv_daily is no continuous aggregate: it is computed when it is read');
    else if (refreshed + left === 0) say('market_data.ohlcv_daily has all bars: nothing to refresh');
    else
      say(
        `${refreshed} stretches ${values['dry-run'] ? 'to refresh' : 'done'}, ${left} left, ${kept} days left as they are`,
      );
    return left > 0 ? 1 : 0;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
