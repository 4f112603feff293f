import { parseArgs } from 'node:util';

const HELP = `Measures the built API beside its peers, on one machine in one run, and writes bench/RESULTS.md.

  npm run bench -- [compare | growth | market | tape | replicas | listeners | plans] [options]

  compare             the API, a hand-written Fastify server and PostGraphile, in turn (the default)
  growth              the same reads over 57 and 566 chunks, and over more rows; TimescaleDB only
  market              10,000 symbols beside 130, one bar a day for 148 weeks; TimescaleDB only
  tape                one-minute bars of 50 symbols, 20 million of them; TimescaleDB only
  replicas            the same load on one API process and on two, behind HAProxy; Linux and root only
  listeners           the same load without clients that listen for new bars and with 1,000; TimescaleDB only
  plans               the plan of each statement on the given database, with pages and rows read
  --quick             one short round of each, to see that all of it works
  --rounds N          rounds of a run (3)
  --seconds N         seconds of each case in each round (4)
  --rows N            growth: also this many rows in 566 chunks, such as 20000000; tape: so many bars
  --share N           replicas: what each process may use of a core (0.2)
  --keep              growth, market, tape, listeners: leave their databases (tetra_bench_*) for the next run
  --dist DIRECTORY    measure this build in place of dist/
  --help              this text

  BENCH_DATABASE_URL  the database to measure on, as a superuser; an empty one is filled. Without it: an embedded one
  BENCH_READER_URL    the same database as the API logs in; default: as tetra_reader, without a password
  BENCH_COLD_COMMAND  market: restarts that server with nothing in memory; without it no cold start is measured
`;

const MODES = ['compare', 'growth', 'market', 'tape', 'replicas', 'listeners', 'plans'] as const;

/** What a run is asked to do. */
export interface Options {
  readonly mode: (typeof MODES)[number];
  readonly quick: boolean;
  readonly rounds: number;
  readonly seconds: number;
  /** Rows of the largest database of a growth run, where 0 is none, or of a tape, where 0 is 20 million. */
  readonly rows: number;
  /** What each process of a run with replicas may use of a core. */
  readonly share: number;
  readonly keep: boolean;
  /** The build to measure; the project's own when absent. */
  readonly dist?: string;
  readonly databaseUrl?: string;
  readonly readerUrl?: string;
  /** Restarts the server with nothing in memory. */
  readonly coldCommand?: string;
}

/**
 * Reads the command line and the environment; null where only the help was wanted.
 * @throws Error in one line that says what is wrong
 */
export function readOptions(args: string[], env: NodeJS.ProcessEnv): Options | null {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      rows: { type: 'string', default: '0' },
      share: { type: 'string', default: '0.2' },
      keep: { type: 'boolean', default: false },
      dist: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return null;
  }
  const [given = 'compare', ...more] = positionals;
  const mode = MODES.find((one) => one === given);
  if (!mode || more.length > 0) throw new Error(`say one of ${MODES.join(', ')}`);
  const share = Number(values.share);
  if (!(share >= 0.05 && share <= 1)) throw new Error('--share is a number from 0.05 to 1');
  const { quick, keep, dist } = values;
  return {
    mode,
    quick,
    share,
    keep,
    dist,
    rounds: whole('--rounds', values.rounds ?? (quick ? '1' : '3'), 1),
    seconds: whole('--seconds', values.seconds ?? (quick ? '1' : '4'), 1),
    rows: whole('--rows', values.rows, 0),
    databaseUrl: env.BENCH_DATABASE_URL?.trim() || undefined,
    readerUrl: env.BENCH_READER_URL?.trim() || undefined,
    coldCommand: env.BENCH_COLD_COMMAND?.trim() || undefined,
  };
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) throw new Error(`${name} is a whole number from ${least}`);
  return value;
}
