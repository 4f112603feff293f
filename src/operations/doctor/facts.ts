import type { RawBuilder } from 'kysely';
import type pg from 'pg';
import { LOOK } from '../../postgres/replicas.js';
import { build } from '../../sql/build.js';
import { DATA_SCHEMAS, WRITTEN_DATA_SETS } from '../../sql/data-sets.js';
import { now } from '../../base/time.js';
import { type AggregateRow, aggregateState, hasCatalog, isGranular } from '../../data/market-data/aggregate.sql.js';
import {
  type AggregateState,
  computedState,
  freshnessOf,
  isUnknownCatalog,
  stateOf,
  unknownState,
} from '../../data/market-data/aggregate-state.js';
import * as monitoring from '../monitoring/upkeep.sql.js';
import { isIndexed } from '../../data/news/search.sql.js';
import { archiveOf } from '../../data/market-data/archive.js';
import { archiveColumns } from '../../data/market-data/archive.sql.js';
import { one } from './ask.js';
import { readDataSet, readMixed, readStray } from './data-sets.js';
import type { Facts, Policy } from './report.js';

/** From so long after now, in microseconds, a row is from the future. */
const FUTURE_US = 2n * 86_400_000_000n;

const BARS = WRITTEN_DATA_SETS.find(({ kind }) => kind === 'bars')!;

/** Everything the doctor asks one server; each statement is bounded in what it opens and in time. */
export async function readFacts(client: pg.Client): Promise<Facts> {
  const server = await readServer(client);
  const timescaledb = server.timescaledb !== null;
  const data = [];
  for (const set of WRITTEN_DATA_SETS) data.push(await readDataSet(client, set, timescaledb));
  const bars = data.find(({ name }) => name === BARS.name);
  return {
    server,
    role: await readRole(client),
    data,
    aggregate: await readAggregate(client),
    chunks: timescaledb ? await readChunks(client) : 0,
    policies: timescaledb ? await readPolicies(client) : [],
    mixed: bars?.last ? await readMixed(client, bars.last) : { days: 0, example: null },
    stray: bars?.first ? await readStray(client, BARS, bars.first, timescaledb) : null,
    care: await readCare(client, timescaledb),
    skewMs: await readSkew(client),
  };
}

function readServer(client: pg.Client): Promise<Facts['server']> {
  return one(
    client,
    `select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
       current_database() as database, (select system_identifier::text from pg_control_system()) as system,
       to_char(pg_postmaster_start_time() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as started,
       pg_is_in_recovery() as standby,
       coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as encrypted,
       current_setting('max_connections')::int as "maxConnections",
       current_setting('max_locks_per_transaction')::int as "maxLocksPerTransaction",
       position, timeline,
       (select extversion from pg_extension where extname = 'timescaledb') as timescaledb,
       exists (select from pg_extension where extname = 'pg_stat_statements') as "statStatements"
     from (${LOOK}) as look`,
  );
}

async function readRole(client: pg.Client): Promise<Facts['role']> {
  const row = await one<{ name: string; attributes: string[]; writes: string[]; elsewhere: string[] }>(
    client,
    `select current_user::text as name,
       array_remove(array[
         case when r.rolsuper then 'everything (superuser)' end,
         case when r.rolcreatedb then 'create databases' end,
         case when r.rolcreaterole then 'create roles' end,
         case when r.rolreplication then 'replicate' end,
         case when r.rolbypassrls then 'bypass row security' end,
         case when has_database_privilege(current_database(), 'CREATE') then 'create schemas' end,
         case when has_database_privilege(current_database(), 'TEMPORARY') then 'create temporary tables' end
       ], null) as attributes,
       (select coalesce(array_agg(format('%s %s.%s', lower(p.name), n.nspname, c.relname) order by n.nspname, c.relname, p.name), '{}')
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        cross join (values ('INSERT', 0), ('UPDATE', 0), ('DELETE', 0), ('TRUNCATE', 0), ('MAINTAIN', 170000)) as p (name, since)
        where p.since <= current_setting('server_version_num')::int and n.nspname = any($1) and c.relkind in ('r', 'p')
          and has_table_privilege(c.oid, p.name)) as writes,
       (select coalesce(array_agg(d.datname::text order by d.datname), '{}') from pg_database d
        where d.datname in ('postgres', 'template1') and d.datname <> current_database() and d.datallowconn
          and has_database_privilege(d.oid, 'CONNECT')) as elsewhere
     from pg_roles r where r.rolname = current_user`,
    [DATA_SCHEMAS],
  );
  const [first] = row.attributes;
  return {
    name: row.name,
    mayDo: first?.startsWith('everything') ? [first] : [...row.attributes, ...row.writes],
    elsewhere: row.elsewhere,
  };
}

/** What the API says of the aggregate, by the same rules. */
async function readAggregate(client: pg.Client): Promise<Facts['aggregate']> {
  const state = await readState(client);
  const { materializedThrough, realTime, historyComplete, lastRefreshAt, note } = freshnessOf(state);
  return { kind: state.kind, materializedThrough, realTime, historyComplete, lastRefreshAt, note };
}

async function readState(client: pg.Client): Promise<AggregateState> {
  const asOf = now();
  const catalog = hasCatalog().compile(build);
  const there = await one<{ timescaledb: boolean; catalog: boolean; granular: boolean; relation: boolean }>(
    client,
    catalog.sql,
  );
  const none = computedState(there.relation ? 'view' : null, asOf);
  if (!there.timescaledb) return none;
  if (!there.catalog) return unknownState(asOf);
  try {
    if (there.granular && (await one<{ granular: boolean }>(client, isGranular().compile(build).sql)).granular) {
      return unknownState(asOf);
    }
    const { rows } = await client.query<AggregateRow>(aggregateState().compile(build).sql);
    return rows[0] ? stateOf(rows[0], asOf) : none;
  } catch (error) {
    if (!isUnknownCatalog(error)) throw error;
    return unknownState(asOf);
  }
}

async function readChunks(client: pg.Client): Promise<number> {
  const { chunks } = await one<{ chunks: number }>(
    client,
    `select coalesce(sum(num_chunks), 0)::int as chunks from timescaledb_information.hypertables
     where hypertable_schema = 'market_data' and hypertable_name = 'ohlcv'`,
  );
  return chunks;
}

async function readPolicies(client: pg.Client): Promise<Policy[]> {
  const instant = (column: string): string =>
    `case when isfinite(${column}) then to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') end`;
  const { rows } = await client.query<Policy>(
    `select j.proc_name::text as name, format('%s.%s', j.hypertable_schema, j.hypertable_name) as on,
       coalesce(j.config, '{}') as config, s.last_run_status as "lastStatus",
       case when s.last_run_status = 'Failed' then (select concat_ws(' ', e.sqlerrcode, e.err_message)
         from timescaledb_information.job_errors e where e.job_id = j.job_id order by e.finish_time desc limit 1) end as "lastError",
       ${instant('s.last_successful_finish')} as "lastSuccess", ${instant('j.next_start')} as "nextStart"
     from timescaledb_information.jobs j left join timescaledb_information.job_stats s on s.job_id = j.job_id
     where j.hypertable_name is not null order by j.job_id limit 100`,
  );
  return rows;
}

async function readCare(client: pg.Client, timescaledb: boolean): Promise<Facts['care']> {
  const all = async <Row extends pg.QueryResultRow>(statement: RawBuilder<Row>): Promise<Row[]> => {
    const { sql, parameters } = statement.compile(build);
    return (await client.query<Row>(sql, [...parameters])).rows;
  };
  const sight = await one<{ stats: boolean; log: boolean }>(
    client,
    `select pg_has_role(current_user, 'pg_read_all_stats', 'usage') as stats,
       has_function_privilege('pg_ls_waldir()', 'execute') as log`,
  );
  const columns = await all(monitoring.columns());
  const columnFaults = monitoring.columnFaults(columns);
  const relations = new Set(columns.map(({ relation }) => relation));
  const readable = columnFaults.length === 0 && WRITTEN_DATA_SETS.every(({ name }) => relations.has(name));
  const odd = readable ? await all(monitoring.oddRows(now() + FUTURE_US)).catch(() => []) : [];
  const archive = archiveOf(await all(archiveColumns()));
  const [bucket] = timescaledb ? await all(monitoring.buckets()).catch(() => []) : [];
  const [search] = await all(isIndexed()).catch(() => []);
  return {
    upkeep: (await all(monitoring.upkeep(sight)))[0]!,
    lockHolders: await all(monitoring.lockHolders({ statements: true })),
    slots: await all(monitoring.slots()),
    columnFaults: [...columnFaults, ...archive.faults],
    oddRows: odd.filter(({ future, infinite }) => future || infinite),
    retention: archive.moved ? ((await all(monitoring.retention()).catch(() => []))[0] ?? null) : null,
    archiveAllowed: archive.allowed,
    utcDays: bucket === undefined ? null : monitoring.isUtcDay(bucket),
    newsIndexed: search?.indexed ?? null,
  };
}

async function readSkew(client: pg.Client): Promise<number> {
  const sent = Date.now();
  const { ms } = await one<{ ms: number }>(
    client,
    `select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`,
  );
  return Math.round(ms - (sent + Date.now()) / 2);
}
