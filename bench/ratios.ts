import type { CaseName } from './cases.ts';
import type { Comparison } from './compare.ts';
import { BARS } from './dataset.ts';
import { median } from './drive.ts';

/** One thing the API must reach, and what it reached. */
export interface Goal {
  readonly what: string;
  readonly measured: number;
  readonly target: number;
  /** Whether the target is the least or the most that will do. */
  readonly bound: 'least' | 'most';
  readonly unit: string;
}

/** Whether it was reached. */
export function reached({ measured, target, bound }: Goal): boolean {
  return bound === 'least' ? measured >= target : measured <= target;
}

const MIB = 1024 * 1024;

/** What is known of why a goal may be missed, from profiles; printed only where one is. */
const REASONS: Record<string, string> = {
  'REST latest / hand-written, bounded':
    'ours spends more of the processor in Node: routing and hooks, headers, a tag, checks of the arguments, the limits on time and on waiting. Requests that share statements while the database is busy make up for it where there is load.',
  'REST 250 daily bars / hand-written, rendered':
    'the database has less to do than for the other server; what is more is the hash for the tag and what a request costs in Node.',
  'If-None-Match that holds / the full answer':
    'the tags are compared without reading a row only while nothing was written to the cluster since the answer; what else runs on the server decides that.',
  'REST a year of weekly bars / 250 daily bars':
    'PostgreSQL spends 2.3 ms on a request and 1.0 on one of daily bars: it reads the same rows, then groups and sorts them. Node writes a fifth of the rows, which saves less.',
  'REST 250 daily bars with three indicators / without':
    'an RSI of 14 is made of the 419 bars before the page as well. Their closes come as one value, but PostgreSQL reads 670 bars in place of 250, which takes it 1.7 times as long; the answer has twice the bytes.',
  'GraphQL 250 daily bars as nodes / PostGraphile':
    'Node spends 0.75 ms on a request, PostgreSQL 0.5; the database and the load have the same two cores.',
  'GraphQL 250 daily bars as columns / PostGraphile': 'as with nodes.',
  'GraphQL latest / PostGraphile':
    'its statement has no bound in time, and its rate moves from run to run with the plans that its connections keep: 0 to 36 a second were seen, against 2,500 to 4,800 of ours. Once each of its connections has run the statement five times, PostgreSQL keeps a plan for it, and it no longer spends most of its time planning. 300 times the 36 would be as many as REST answers.',
  'A day of 5m bars / as many stored ones':
    '390 bars are read and grouped where the others are 78; it is 1.3 times as fast as the day of bars that it is made of.',
  'p99 of latest beside an export / alone':
    '10 ms become 16: an export gives way between its statements, but one that has begun has its core until it ends.',
  'Parquet of all bars / CSV':
    'rows are made columns and columns a file in a thread of their own, some 120,000 rows a second on two cores; CSV became a quarter faster than that ratio was set for.',
  'CSV: first byte':
    'the first year of the first symbol is planned and read first; on a cold server its catalogs are read too.',
  'Resident memory under load':
    'of it Node itself is 58 MiB, the heap 65; the rest is what malloc keeps of buffers that were sent. The hand-written server, without GraphQL and Nest, has 130 to 195 MiB in the same runs.',
  'Start of the process to ready':
    'most of it is running the modules of Nest and GraphQL, building the schema, and reading all symbols once: before that it is not ready.',
};

/** Why a goal may be missed, as far as it is known. */
export function reasonFor({ what }: Goal): string | undefined {
  return REASONS[what];
}

/** What the API must reach beside its peers, and alone. A ratio of rates is the middle of the rounds' own ratios. */
export function goalsOf(comparison: Comparison): Goal[] {
  const { rounds, dashboards, exports, beside, readyMs } = comparison;
  const [dashboard] = dashboards;
  const ratio = (name: CaseName, to: CaseName): number =>
    median(rounds.get(name)!.map(({ rate }, i) => rate / rounds.get(to)![i]!.rate));
  const least = (what: string, measured: number, target: number, unit = '×'): Goal => {
    return { what, measured, target, bound: 'least', unit };
  };
  const most = (what: string, measured: number, target: number, unit = ''): Goal => {
    return { what, measured, target, bound: 'most', unit };
  };
  const resident = Math.max(
    ...comparison.cases
      .filter((one) => one.peer === 'api')
      .flatMap((one) => rounds.get(one.name)!.map((stretch) => stretch.resident)),
  );
  return [
    least('REST latest / hand-written, bounded', ratio('latest', 'latest.hand'), 0.75),
    least('REST 250 daily bars / hand-written, rendered', ratio('daily', 'daily.hand'), 1.1),
    least('REST 250 daily bars as columns / as JSON', ratio('daily.columns', 'daily'), 1),
    least('If-None-Match that holds / the full answer', ratio('daily.304', 'daily'), 2),
    least('REST a year of weekly bars / 250 daily bars', ratio('weekly', 'daily'), 0.6),
    least('REST 250 daily bars with three indicators / without', ratio('indicators', 'daily'), 0.6),
    least('GraphQL latest / PostGraphile', ratio('graphql.latest', 'graphql.latest.postgraphile'), 300),
    least('GraphQL latest / REST latest', ratio('graphql.latest', 'latest'), 0.55),
    least('GraphQL 250 daily bars as nodes / PostGraphile', ratio('graphql.nodes', 'graphql.daily.postgraphile'), 11),
    least(
      'GraphQL 250 daily bars as columns / PostGraphile',
      ratio('graphql.columns', 'graphql.daily.postgraphile'),
      12,
    ),
    most('Dashboard: SQL statements', dashboard!.statements, 7),
    most('Dashboard: statements at a time', dashboard!.atOnce, 4),
    most('Dashboard: p95, alone', dashboard!.p95, 400, 'ms'),
    least('CSV: rows that arrive', exports.rows, BARS, ''),
    least(`CSV of all bars / ${exports.copier}, same order`, exports.rate / exports.copyRate, 0.5),
    least('Parquet of all bars / CSV', exports.parquetRate / exports.rate, 0.5),
    most('CSV: first byte', exports.firstByte, 200, 'ms'),
    most('CSV: growth of resident memory', exports.growth / MIB, 64, 'MiB'),
    most('CSV, a client that stops for 3 s: growth', exports.growthSlow / MIB, 64, 'MiB'),
    most('CSV, the client leaves: backend free after', exports.free, 500, 'ms'),
    ...beside.map(({ format, alone, beside: p99 }) =>
      most(`p99 of pages beside an export as ${format} / alone`, p99 / alone, 1.5, '×'),
    ),
    most('Resident memory under load', resident / MIB, 160, 'MiB'),
    most('Start of the process to ready', readyMs, 1500, 'ms'),
  ];
}
