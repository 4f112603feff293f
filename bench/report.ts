import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { benchFolder } from './build.ts';
import { PEERS } from './cases.ts';
import type { Comparison } from './compare.ts';
import { BARS } from './dataset.ts';
import type { Engine } from './database.ts';
import { CONNECTIONS, median, wrongAnswers } from './drive.ts';
import type { Growth } from './growth.ts';
import type { Options } from './options.ts';
import { type Goal, goalsOf, reached, reasonFor } from './ratios.ts';
import { CORES, ratioOf, REPLICA_CONNECTIONS, type Run, type Scaling } from './replicas.ts';
import { POOL_SIZE, versionOf } from './servers.ts';

const FILE = join(benchFolder, 'RESULTS.md');
const RESULTS = '# Benchmark results';
const GROWTH = '# Growth';
/** Notes are written by hand. */
const REPLICAS = '# Replicas';
/** The heading of a whole market. */
export const MARKET = '# A whole market';
/** The heading of a tape of one-minute bars. */
export const TAPE = '# A minute tape';
/** The heading of clients that listen for new bars. */
export const LISTENERS = '# Listeners';
/** The heading of the plans of every statement. */
export const PLANS = '# Plans';
const ORDER = [RESULTS, '# Notes', GROWTH, MARKET, TAPE, REPLICAS, LISTENERS, PLANS];
export const MIB = 1024 * 1024;

/** What a run of `compare` found, as Markdown. */
export function compareReport(comparison: Comparison, engine: Engine, options: Options, commit: string): string {
  const goals = goalsOf(comparison);
  const { dashboards, exports } = comparison;
  return [
    RESULTS,
    '',
    'Written by `npm run bench`. The servers are driven in turn in one run; server, database and load generator share',
    'the machine, so the ratios count, not the rates. Rates, latencies and ratios are the middle of the rounds.',
    '',
    ...about(engine, options, commit),
    '## What must be reached',
    '',
    ...(engine.timescaledb
      ? []
      : ['The targets are for TimescaleDB: a plain table is no trouble for an unbounded query.', '']),
    ...goalTable(goals),
    ...shortfalls(goals),
    '## Every case',
    '',
    `${CONNECTIONS} connections, random symbols, ${POOL_SIZE} database connections for each server. CPU is the server's own, without the database's.`,
    '',
    ...caseTable(comparison),
    '## The dashboard operation',
    '',
    '50 symbols with the newest bar, 250 daily bars and gaps; 5 economic series; 20 articles; 20 events. One at a time.',
    '',
    ...table(
      [
        'daily bars as',
        'p50 ms',
        'p95 ms',
        'KiB',
        'SQL statements',
        'with the API’s own',
        'at a time',
        'with the API’s own',
        'refused at first',
      ],
      dashboards.map((d) => [
        d.shape,
        d.p50.toFixed(0),
        d.p95.toFixed(0),
        (d.bytes / 1024).toFixed(0),
        String(d.statements),
        String(d.statementsWithOthers),
        String(d.atOnce),
        String(d.atOnceWithOthers),
        String(d.refused),
      ]),
    ),
    '## CSV of all bars',
    '',
    `${count(BARS)} rows, sorted by symbol and time; ${(exports.bytes / MIB).toFixed(1)} MiB arrived${exports.rows < BARS ? ' before the server broke it off' : ''}.`,
    '',
    ...table(
      ['by', 'rows a second'],
      [
        ['this API', count(exports.rate)],
        ['this API, as Parquet', count(exports.parquetRate)],
        [`${exports.copier}, same rows in the same order`, count(exports.copyRate)],
        [`${exports.copier}, same rows in any order`, count(exports.unorderedCopyRate)],
      ],
    ),
    '## Pages beside exports',
    '',
    'Some 160 pages a second, half of them the newest bar and half 250 daily bars, without an export and beside exports',
    'of all bars that follow each other.',
    '',
    ...table(
      ['export as', 'p99 ms alone', 'p99 ms beside it'],
      comparison.beside.map(({ format, alone, beside }) => [format, alone.toFixed(1), beside.toFixed(1)]),
    ),
  ].join('\n');
}

/** What a run of `growth` found, as Markdown. */
export function growthReport(growth: Growth, engine: Engine, options: Options, commit: string): string {
  const [small] = growth.sizes;
  const rows = growth.cases.flatMap((title, i) =>
    growth.sizes.map((size) => {
      const rate = median(size.rates[i]!);
      const cost = median(size.rates[i]!.map((one, round) => small!.rates[i]![round]! / one));
      return [title, count(size.bars), String(size.chunks), rate.toFixed(0), cost.toFixed(2)];
    }),
  );
  const goals: Goal[] = growth.cases.map((title, i) => ({
    what: `${title}: most cost, of the smallest`,
    measured: Math.max(
      ...growth.sizes.map((size) => median(size.rates[i]!.map((one, round) => small!.rates[i]![round]! / one))),
    ),
    target: 1.5,
    bound: 'most',
    unit: '×',
  }));
  return [
    GROWTH,
    '',
    'Written by `npm run bench -- growth`: REST, the same symbols and the same year, in turn.',
    '',
    ...about(engine, options, commit),
    ...goalTable(goals),
    ...shortfalls(goals),
    ...table(['case', 'bars', 'chunks', 'answers a second', 'cost'], rows),
  ].join('\n');
}

/** What a run of `replicas` found, as Markdown. */
export function replicasReport(scalings: readonly Scaling[], engine: Engine, options: Options, commit: string): string {
  const limit = (share: number | null): string => (share === null ? 'none' : `${share} of a core each`);
  const goals: Goal[] = scalings
    .filter(({ share }) => share !== null)
    .flatMap(({ cases }) => cases)
    .map((one) => ({
      what: `${one.title}: two / one`,
      measured: ratioOf(one),
      target: 1.6,
      bound: 'least',
      unit: '×',
    }));
  // PostgreSQL, HAProxy and the load need about as much as the two processes; more is somebody else's.
  const crowded = scalings
    .filter(({ share }) => share !== null)
    .some(({ cases }) => cases.every(({ one }) => median(one.map(({ cores }) => cores)) > CORES * 0.75));
  const middle = (runs: readonly Run[], pick: (run: Run) => number): number => median(runs.map(pick));
  const rows = scalings.flatMap(({ share, cases }) =>
    cases.flatMap((one) =>
      [one.one, one.two].map((runs, i) => [
        one.title,
        limit(share),
        String(i + 1),
        amount(middle(runs, ({ rate }) => rate)),
        i === 0 ? '' : `${ratioOf(one).toFixed(2)}×`,
        middle(runs, ({ p99 }) => p99).toFixed(0),
        runs[0]!.replicas.map((_, at) => middle(runs, ({ replicas }) => replicas[at]!).toFixed(2)).join(' + '),
        share === null ? '–' : `${(100 * middle(runs, ({ exhausted }) => exhausted!)).toFixed(0)} %`,
        `${middle(runs, ({ cores }) => cores).toFixed(2)} of ${CORES}`,
        wrongAnswers(runs) || 'none',
      ]),
    ),
  );
  return [
    REPLICAS,
    '',
    'Written by `npm run bench -- replicas`: the same load on one API process and on two, in turn, behind HAProxy with the',
    `configuration of deploy/haproxy, from ${REPLICA_CONNECTIONS} connections. The machine has ${CORES} cores, for PostgreSQL, HAProxy and the load too.`,
    `Two processes without a limit need more cores than that, so the goal is measured with each process limited to`,
    `${options.share} of a core by the kernel (a control group's quota, 20 ms periods): then one process is saturated, and there`,
    'are cores for a second. "Used up" is in how many periods a process had used up its share: at 100 % it is what limits.',
    'MAX_EVENT_LOOP_DELAY_MS is raised as much as the share is less than a core, since the same work takes so much longer.',
    ...(crowded
      ? [
          'Other work had the cores during this run: hardly any was idle, so a second process got less than there would be.',
        ]
      : []),
    '',
    ...about(engine, options, commit),
    ...goalTable(goals),
    ...shortfalls(goals),
    ...table(
      [
        ...['case', 'limit', 'replicas', '/s', 'two / one', 'p99 ms', 'cores of each', 'used up', 'busy cores'],
        'wrong answers',
      ],
      rows,
    ),
  ].join('\n');
}

/** Keeps a report in RESULTS.md in place of the last one of its kind; its other parts, notes included, stay. */
export function keepReport(report: string): void {
  const old = existsSync(FILE) ? readFileSync(FILE, 'utf8') : '';
  const parts = new Map<string, string>();
  for (const part of [...old.split(/^(?=# )/m), report]) {
    if (part.trim()) parts.set(part.slice(0, part.indexOf('\n')), part.trim());
  }
  const place = (heading: string): number => ORDER.indexOf(heading);
  const ordered = [...parts].sort(([a], [b]) => place(a) - place(b)).map(([, part]) => part);
  writeFileSync(FILE, `${ordered.join('\n\n')}\n`);
}

/** What was measured, on what. */
export function about(engine: Engine, { rounds, seconds }: Options, commit: string): string[] {
  const storage = engine.timescaledb
    ? `TimescaleDB ${engine.timescaledb}, ${engine.chunks} chunks, ${engine.compressedChunks} of them compressed`
    : 'without TimescaleDB, one plain table';
  return [
    `- ${new Date().toISOString().slice(0, 10)}, commit ${commit}, ${rounds} rounds of ${seconds} s`,
    `- ${availableParallelism()} cores, ${Math.round(totalmem() / 1024 ** 3)} GiB, ${process.platform} ${process.arch}, Node ${process.versions.node}`,
    `- PostgreSQL ${engine.postgres}${engine.embedded ? ' (embedded)' : ''}, ${storage}, ${count(engine.bars)} bars`,
    `- Fastify ${versionOf('fastify')}, PostGraphile ${versionOf('postgraphile')}, autocannon ${versionOf('autocannon')}`,
    '',
  ];
}

/**
 * What a build was made of, as far as the folder around it tells; asked before a run, since it may change meanwhile.
 */
export function commitOf(folder: string): string {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--', 'src') ? ' with changes' : '');
  } catch {
    return 'unknown';
  }
}

/** What must be reached, and what was. */
export function goalTable(goals: readonly Goal[]): string[] {
  return table(
    ['goal', 'measured', 'target', ''],
    goals.map((goal) => [
      goal.what,
      inUnit(goal.measured, goal.unit),
      `${goal.bound === 'least' ? '≥' : '≤'} ${inUnit(goal.target, goal.unit)}`,
      reached(goal) ? 'reached' : '**short of**',
    ]),
  );
}

/** What falls short, with the reason where one is known. */
export function shortfalls(goals: readonly Goal[]): string[] {
  const short = goals.filter((goal) => !reached(goal));
  if (short.length === 0) return ['Everything is reached.', ''];
  return ['Short of:', '', ...short.map((goal) => `- ${goal.what}: ${reasonFor(goal) ?? 'not explained yet.'}`), ''];
}

function caseTable({ cases, rounds }: Comparison): string[] {
  const rows = cases.map((one) => {
    const stretches = rounds.get(one.name)!;
    const middle = (pick: (index: number) => number): number => median(stretches.map((_, i) => pick(i)));
    const cpu = stretches.map((stretch) => stretch.cpu ?? NaN);
    return [
      one.title,
      PEERS[one.peer],
      amount(middle((i) => stretches[i]!.rate)),
      middle((i) => stretches[i]!.p50).toFixed(1),
      middle((i) => stretches[i]!.p99).toFixed(1),
      Number.isNaN(median(cpu)) ? '–' : median(cpu).toFixed(3),
      (Math.max(...stretches.map((stretch) => stretch.resident)) / MIB).toFixed(0),
      wrongAnswers(stretches) || 'none',
    ];
  });
  return table(['case', 'server', '/s', 'p50 ms', 'p99 ms', 'CPU ms each', 'resident MiB', 'wrong answers'], rows);
}

/** A table as Prettier would write it. */
export function table(head: string[], rows: string[][]): string[] {
  const widths = head.map((title, i) => Math.max(title.length, 3, ...rows.map((row) => row[i]!.length)));
  const line = (cells: string[]): string => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line), ''];
}

function inUnit(value: number, unit: string): string {
  const text = amount(value);
  return unit === '×' || unit === '' ? text + unit : `${text} ${unit}`;
}

function amount(value: number): string {
  return value >= 100 ? count(value) : Number(value.toPrecision(3)).toString();
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
