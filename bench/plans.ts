import type { Build } from './build.ts';
import { connected, lookAt } from './database.ts';
import type { Options } from './options.ts';
import { about, PLANS, table } from './report.ts';

/** A node of a plan, as EXPLAIN (FORMAT JSON) has it. */
interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly Node[];
}

/** What running a statement once takes. */
interface Taken {
  readonly name: string;
  /** How its relations are read, and how many of them. */
  readonly shape: string;
  readonly pages: number;
  readonly read: number;
  readonly given: number;
}

/** What the statements' examples ask for, and what the data set has in its place. */
const NAMES: readonly (readonly [example: string, symbol: string])[] = [
  ['AAPL', 'S003'],
  ['MSFT', 'S004'],
];
/** A plan that reads more rows for each that it gives is worth a look. */
const MUCH = 3;

/**
 * What every statement that the API can send takes on a database, by its example, as Markdown: the shape of its plan,
 * the pages that it looks at, and the rows that it reads from relations for each row that it gives.
 */
export async function plansReport(options: Options, build: Build, commit: string): Promise<string> {
  if (!options.databaseUrl) throw new Error('name the database to look at in BENCH_DATABASE_URL, as a superuser');
  const { databaseUrl } = options;
  const engine = await connected(databaseUrl, (client) => lookAt(client, false));
  const taken = await connected(databaseUrl, async (client) => {
    await client.query(`set plan_cache_mode = force_generic_plan; set jit = off; set timezone = 'UTC';
      set timescaledb.enable_skipscan = off; set max_parallel_workers_per_gather = 0; set statement_timeout = '60s'`);
    const found: Taken[] = [];
    for (const [name, { sql, parameters }] of await build.statements()) {
      const text = NAMES.reduce((all, [example, symbol]) => all.replaceAll(example, symbol), sql);
      const values = NAMES.reduce(
        (all, [example, symbol]) => all.replaceAll(example, symbol),
        JSON.stringify(parameters),
      );
      try {
        const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
          `explain (analyze, buffers, timing off, format json) ${text}`,
          JSON.parse(values) as unknown[],
        );
        found.push(takenBy(name, rows[0]!['QUERY PLAN'][0].Plan));
      } catch {
        // Of another kind of database: one with an archive, with another extension, or without TimescaleDB.
      }
    }
    return found;
  });
  const rows = taken
    .sort((a, b) => b.read - a.read)
    .map(({ name, shape, pages, read, given }) => {
      const each = given === 0 ? '–' : (read / given).toFixed(1);
      return [
        name,
        shape,
        String(pages),
        String(read),
        String(given),
        each,
        given > 0 && read > MUCH * given ? 'look' : '',
      ];
    });
  const head = ['statement', 'plan', 'pages', 'rows read', 'rows given', 'read / given', ''];
  return [
    PLANS,
    '',
    'Written by `npm run bench -- plans`: each statement by its example, for October 2025 and two symbols, planned without',
    'a look at its parameters as the API plans it. Rows are those that its plan reads from relations; where more than three',
    'are read for each that is given it says so. Statements of other kinds of databases are left out.',
    '',
    ...about(engine, options, commit),
    ...table(head, rows),
  ].join('\n');
}

function takenBy(name: string, plan: Node): Taken {
  let read = 0;
  const shapes = new Map<string, Set<string>>();
  const visit = (node: Node): void => {
    const relation = node['Relation Name'];
    // A compressed chunk's rows are those of its own node; what it reads below are batches.
    if (relation !== undefined) {
      const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
      read += (node['Actual Rows'] + removed) * node['Actual Loops'];
      const kind = node['Node Type'];
      shapes.set(kind, (shapes.get(kind) ?? new Set()).add(relation));
      return;
    }
    node.Plans?.forEach(visit);
  };
  visit(plan);
  const shape = [...shapes].map(([kind, relations]) => `${kind} × ${relations.size}`).join(', ');
  return {
    name,
    shape: shape || plan['Node Type'],
    pages: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
    read,
    given: plan['Actual Rows'],
  };
}
