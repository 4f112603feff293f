import { care } from './care.js';
import { locks } from './locks.js';
import { ADMIN, type DataSet, type Facts, type Finding, type Instance, type Policy } from './report.js';

/** Oldest TimescaleDB without the faults that matter to this API's statements. */
const OLDEST_TIMESCALEDB = '2.28.1';
/** Locks that a statement takes for each chunk that it plans over: the chunk, its indexes, its compressed twin. */
const LOCKS_PER_CHUNK = 5;
/** So many statements over every chunk should be able to run at once. */
const WIDE_STATEMENTS = 4;
const SKEW_MS = 2_000;
const DAY_MS = 86_400_000;

/** Whether a version such as `2.28.0` is below another. */
export function older(version: string, than: string): boolean {
  const parts = (text: string): number[] => text.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const [a, b] = [parts(version), parts(than)];
  const at = a.findIndex((part, i) => part !== (b[i] ?? 0));
  return at >= 0 && a[at]! < (b[at] ?? 0);
}

/** What `now - interval` of a policy is, in milliseconds; null for what is not a PostgreSQL interval of whole units. */
export function intervalMs(text: string): number | null {
  const units: Record<string, number> = { year: 365.25, mon: 30.4375, month: 30.4375, week: 7, day: 1 };
  let total = 0;
  let rest = text.trim();
  const clock = /(-?)(\d+):(\d\d):(\d\d)(\.\d+)?$/.exec(rest);
  if (clock) {
    total += (Number(clock[2]) * 3600 + Number(clock[3]) * 60 + Number(clock[4])) * 1000 * (clock[1] ? -1 : 1);
    rest = rest.slice(0, clock.index).trim();
  }
  for (const [, count, unit] of rest.matchAll(/(-?\d+) ([a-z]+?)s?(?= |$)/g)) {
    const days = units[unit!];
    if (days === undefined) return null;
    total += Number(count) * days * DAY_MS;
  }
  return rest.replace(/(-?\d+) [a-z]+( |$)/g, '') === '' ? total : null;
}

/** Everything that deserves a word about one server. */
export function judge(facts: Facts, now: number): Finding[] {
  return [
    ...server(facts),
    ...role(facts),
    ...data(facts),
    ...aggregate(facts),
    ...policies(facts, now),
    ...care(facts, now),
    ...locks(facts),
  ];
}

function server({ server: s, chunks, skewMs, care: { upkeep } }: Facts): Finding[] {
  const found: Finding[] = [];
  if (s.timescaledb === null)
    found.push({
      level: 'warning',
      code: 'no_timescaledb',
      message: 'TimescaleDB is not installed in this database: daily bars are computed on each request',
    });
  else if (older(s.timescaledb, OLDEST_TIMESCALEDB))
    found.push({
      level: 'warning',
      code: 'old_timescaledb',
      message: `TimescaleDB ${s.timescaledb} is older than ${OLDEST_TIMESCALEDB}`,
      fix: `psql -X -c 'ALTER EXTENSION timescaledb UPDATE', first in a new session, after installing the newer package`,
    });
  const needed = chunks * LOCKS_PER_CHUNK * WIDE_STATEMENTS;
  if (needed > upkeep.lockSlots) {
    const wanted = 2 ** Math.ceil(Math.log2((needed / upkeep.lockSlots) * s.maxLocksPerTransaction));
    found.push({
      level: 'warning',
      code: 'few_locks',
      message: `max_locks_per_transaction = ${s.maxLocksPerTransaction} is low for ${chunks} chunks: a few statements over all of them run out of shared memory`,
      fix: `ALTER SYSTEM SET max_locks_per_transaction = ${wanted}; then restart the server`,
    });
  }
  if (Math.abs(skewMs) > SKEW_MS)
    found.push({
      level: 'warning',
      code: 'clock_skew',
      message: `the server's clock is ${(Math.abs(skewMs) / 1000).toFixed(1)} s ${skewMs > 0 ? 'ahead of' : 'behind'} this machine's`,
      fix: 'let both follow a time server',
    });
  return found;
}

function role({ role: { name, mayDo, elsewhere } }: Facts): Finding[] {
  if (mayDo.length === 0 && elsewhere.length > 0)
    return [
      {
        level: 'ok',
        code: 'connects_elsewhere',
        message: `${name} may connect to ${elsewhere.join(' and ')}, too, unless pg_hba.conf refuses that`,
        fix: `REVOKE CONNECT, TEMPORARY ON DATABASE ${elsewhere.join(', ')} FROM PUBLIC; roles of tools that need them are granted both by name`,
      },
    ];
  if (mayDo.length === 0) return [];
  const shown = mayDo.slice(0, 4).join(', ') + (mayDo.length > 4 ? ` and ${mayDo.length - 4} more` : '');
  return [
    {
      level: 'warning',
      code: 'role_may_write',
      message: `${name} may do more than read: ${shown}`,
      fix: 'connect as tetra_reader; npm run db:setup makes it and takes from PUBLIC what a reader must not have',
    },
  ];
}

function data({ data: sets, mixed, stray }: Facts): Finding[] {
  const found = sets.flatMap((set: DataSet): Finding[] => {
    if (!set.exists)
      return [{ level: 'error', code: 'no_table', message: `${set.name} is not there`, fix: 'npm run db:setup' }];
    if (!set.readable)
      return [
        {
          level: 'error',
          code: 'no_select',
          message: `${set.name} may not be read`,
          fix: `GRANT SELECT ON ${set.name} TO this role, and USAGE on its schema; npm run db:setup does both`,
        },
      ];
    const warnings: Finding[] = [];
    if (!set.unique)
      warnings.push({
        level: 'warning',
        code: 'key_not_unique',
        message: `${set.name} has no unique index on what tells its rows apart: pages may repeat or skip rows`,
        fix: 'let its owner look for rows that are there twice, then add the PRIMARY KEY of db/020-tables.sql',
      });
    if (set.first === null) warnings.push({ level: 'warning', code: 'no_rows', message: `${set.name} is empty` });
    return warnings;
  });
  if (mixed.days > 0)
    found.push({
      level: 'warning',
      code: 'mixed_timeframes',
      message: `${mixed.days} recent days of one symbol hold bars of several timeframes (${String(mixed.example)}): daily bars add them up, volume counts twice`,
      fix: 'let the pipeline write one timeframe per symbol',
    });
  if (stray !== null)
    found.push({
      level: 'warning',
      code: 'stray_bars',
      message: `market_data.ohlcv has bars up to ${stray} that lie years before all others: histories seem to begin there`,
      fix: `let the pipeline mend them; SELECT symbol, timestamp FROM market_data.ohlcv WHERE timestamp < timestamptz '${stray}Z' + interval '1 day' shows them`,
    });
  return found;
}

function aggregate({ aggregate: a }: Facts): Finding[] {
  if (a.kind === null)
    return [
      {
        level: 'warning',
        code: 'no_aggregate',
        message: 'market_data.ohlcv_daily is not there: daily bars are computed on each request',
        fix: 'npm run db:setup',
      },
    ];
  if (a.note !== null)
    return [
      {
        level: 'warning',
        code: 'aggregate_not_documented',
        message: a.note,
        fix: 'DROP MATERIALIZED VIEW market_data.ohlcv_daily, then npm run db:setup makes the documented one',
      },
    ];
  const found: Finding[] = [];
  if (!a.historyComplete)
    found.push({
      level: 'warning',
      code: 'aggregate_without_history',
      message: `market_data.ohlcv_daily lacks history: what is stored ends at ${a.materializedThrough ?? 'nothing'} and has holes`,
      fix: `${ADMIN} npx tetra refresh`,
    });
  if (!a.realTime)
    found.push({
      level: 'warning',
      code: 'aggregate_not_real_time',
      message: 'market_data.ohlcv_daily shows only what is stored: other clients do not see the newest bars in it',
      fix: 'ALTER MATERIALIZED VIEW market_data.ohlcv_daily SET (timescaledb.materialized_only = false)',
    });
  return found;
}

function policies({ policies: jobs, data: sets }: Facts, now: number): Finding[] {
  return jobs.flatMap((job: Policy): Finding[] => {
    const found: Finding[] = [];
    const after = typeof job.config.drop_after === 'string' ? intervalMs(job.config.drop_after) : null;
    const first = sets.find(({ name }) => name === job.on)?.first;
    if (job.name === 'policy_retention' && after !== null && first && Date.parse(first) < now - after)
      found.push({
        level: 'warning',
        code: 'retention_deletes',
        message: `a retention policy deletes ${job.on} older than ${String(job.config.drop_after)}, and there are rows from ${first.slice(0, 10)} on`,
        fix: `${ADMIN} npm run db:setup -- --retention takes its place; then every day: npx tetra retain`,
      });
    if (job.lastStatus === 'Failed')
      found.push({
        level: 'warning',
        code: 'job_failed',
        message: `${job.name} on ${job.on} failed when it last ran${job.lastError === null ? '' : ` (${job.lastError})`}; it last succeeded ${job.lastSuccess ?? 'never'}`,
        fix: 'SELECT * FROM timescaledb_information.job_errors, as its owner',
      });
    return found;
  });
}

/** The trap of two servers: several addresses of what should be one, and not the same cluster behind all of them. */
export function judgeInstances(instances: readonly Instance[]): Finding[] {
  const there = instances.filter(({ reachable }) => reachable);
  const systems = new Set(there.flatMap(({ system }) => system ?? []));
  const places = there
    .map(({ at, system, reason }) => `${at} is ${system ?? `unknown (${String(reason)})`}`)
    .join(', ');
  const fix = 'stop the other one, or give each its own port and name an address, not localhost, in DATABASE_URL';
  if (systems.size > 1)
    return [{ level: 'warning', code: 'two_instances', message: `two PostgreSQL servers answer: ${places}`, fix }];
  if (there.some(({ system }) => system === null) && there.length > 1)
    return [
      {
        level: 'warning',
        code: 'perhaps_two_instances',
        message: `an address that may lead to another PostgreSQL: ${places}`,
        fix,
      },
    ];
  return [];
}
