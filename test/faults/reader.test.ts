import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cluster } from './support/cluster.js';
import { figure } from './support/wait.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start();
});
afterAll(() => cluster?.remove());

const BAR = `(timestamp, symbol, timeframe, source, open, high, low, close, volume)`;

/** Everything that writes, or that leaves a trace beyond its own session, as tried by somebody who has the password. */
const WRITES = [
  `insert into market_data.ohlcv ${BAR} values (now(), 'X', '1d', 'x', 1, 1, 1, 1, 1)`,
  `insert into news.news_articles (title, source, published_at) values ('x', 'x', now())`,
  `insert into events.event_data (event_type, event_datetime, event_name, source) values ('x', now(), 'x', 'x')`,
  `insert into economic_data.economic_data (series_id, date, value) values ('x', now(), 1)`,
  `update market_data.ohlcv set close = 1`,
  `update events.event_data set event_name = 'x'`,
  `update economic_data.economic_data set value = 1`,
  `delete from market_data.ohlcv`,
  `delete from events.event_data`,
  `delete from economic_data.economic_data`,
  `with gone as (delete from events.event_data returning 1) select * from gone`,
  `merge into events.event_data t using (select 1) s on false when not matched then insert default values`,
  `truncate market_data.ohlcv`,
  `truncate events.event_data cascade`,
  `copy events.event_data from program 'true'`,
  `copy events.event_data to program 'true'`,
  `copy (select 1) to '/tmp/tetra-reader-was-here'`,
  `copy events.event_data from '/etc/hostname'`,
  `create table public.t (a int)`,
  `create table market_data.t (a int)`,
  `create temporary table t (a int)`,
  `select 1 as a into public.t`,
  `create view public.v as select 1`,
  `create schema s`,
  `create sequence public.s`,
  `create index on market_data.ohlcv (close)`,
  `create function public.f() returns int language sql as 'select 1'`,
  `create function pg_temp.f() returns int language plpgsql as 'begin return 1; end'`,
  `create type public.t as (a int)`,
  `create role r`,
  `create database d`,
  `create extension if not exists dblink`,
  `create extension file_fdw`,
  `create trigger t before insert on market_data.ohlcv for each row execute function suppress_redundant_updates_trigger()`,
  `create rule r as on select to events.event_data do instead nothing`,
  `create publication p for table events.event_data`,
  `create event trigger t on ddl_command_start execute function tsm_handler()`,
  `alter table market_data.ohlcv add column a int`,
  `alter table events.event_data disable row level security`,
  `alter table events.event_data owner to tetra_reader`,
  `alter role tetra_reader superuser`,
  `alter role tetra_app password 'x'`,
  `alter database tetra set work_mem = '1GB'`,
  `alter system set work_mem = '1GB'`,
  `drop table events.event_data`,
  `drop schema events cascade`,
  `drop database tetra`,
  `grant insert on events.event_data to tetra_reader`,
  `reassign owned by postgres to tetra_reader`,
  `comment on table events.event_data is 'x'`,
  `security label on table events.event_data is 'x'`,
  `vacuum full events.event_data`,
  `cluster events.event_data using event_data_pkey`,
  `reindex table events.event_data`,
  `refresh materialized view market_data.ohlcv_daily`,
  `lock table events.event_data in access exclusive mode`,
  `select * from events.event_data for update`,
  `do $$ begin end $$`,
  `select lo_create(0)`,
  `select lo_from_bytea(0, 'x')`,
  `select lo_import('/etc/hostname')`,
  `select pg_advisory_lock(1)`,
  `select pg_try_advisory_xact_lock(1)`,
  `select pg_notify('x', 'y')`,
  `select pg_read_file('/etc/hostname')`,
  `select pg_ls_dir('.')`,
  `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres' limit 1`,
  `select pg_reload_conf()`,
  `select pg_rotate_logfile()`,
  `select pg_switch_wal()`,
  `select pg_create_restore_point('x')`,
  `select pg_logical_emit_message(false, 'x', 'y')`,
  `select pg_stat_reset()`,
  `select pg_create_physical_replication_slot('x')`,
  `set role tetra_app`,
  `set session authorization postgres`,
];

describe('the role that the API logs in with', () => {
  it.each([
    ['as it is', ''],
    ['after it turned its read-only default off', 'set default_transaction_read_only = off'],
  ])('cannot write, %s', async (_how, first) => {
    await cluster.admin((client) => client.query('create materialized view if not exists faults.m as select 1'));
    const passed: string[] = [];
    await cluster.reader(async (client) => {
      if (first) await client.query(first);
      // Some commands refuse by a warning, and do nothing.
      let warned = false;
      client.on('notice', ({ severity, message }) => {
        warned ||= severity === 'WARNING' && /permission denied|no privileges|skipping|not owner/.test(message ?? '');
      });
      for (const write of WRITES) {
        warned = false;
        const refused = await client.query(write).then(
          ({ rowCount }) => warned || (rowCount === 0 && write.includes('pg_terminate_backend')),
          () => true,
        );
        if (!refused) passed.push(write);
        await client.query('rollback');
      }
    });
    expect(passed).toEqual([]);
    if (first) figure('writes as tetra_reader', { tried: WRITES.length * 2, refused: WRITES.length * 2 });
  });
});
