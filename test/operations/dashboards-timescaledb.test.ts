import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { load as parseYaml } from 'js-yaml';
import { applySetup } from '../../src/setup/apply.js';
import { asAdmin } from '../support/database.js';
import { hasTimescaledb } from './support/timescaledb.js';

const root = new URL('../../', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');
const server = process.env.TEST_DATABASE_URL;
const python = '/usr/bin/python3';
const ready =
  (await hasTimescaledb('dashboards with TimescaleDB', server)) &&
  existsSync('/usr/lib/python3/dist-packages/sqlalchemy');
const describeReady = ready ? describe : describe.skip;

const MAX_LOCKS = 200;
const [FROM, TO] = ['2024-10-01 00:00:00', '2024-11-01 00:00:00'];

interface Dataset {
  readonly table_name: string;
  readonly sql: string;
  readonly main_dttm_col: string;
  readonly database_uuid: string;
  readonly columns: { readonly column_name: string; readonly is_dttm: boolean }[];
  readonly metrics: { readonly metric_name: string; readonly expression: string }[];
}
interface Held {
  readonly rows?: number;
  readonly locks?: number;
  readonly error?: string;
}

const folder = 'deploy/superset/datasets/Tetra';
const datasets = readdirSync(new URL(folder, root)).map((name) => parseYaml(read(`${folder}/${name}`)) as Dataset);

/** The SQL of a dataset as Jinja makes it of a time range, or without one. */
function rendered({ sql }: Dataset, range: boolean): string {
  return sql
    .replace(/\{% if from_dttm and to_dttm %\}(.*?)\{% else %\}(.*?)\{% endif %\}/s, range ? '$1' : '$2')
    .replaceAll('{{ from_dttm }}', FROM)
    .replaceAll('{{ to_dttm }}', TO);
}

/** What Superset writes around it: its own bounds are of a function that is only stable. */
function ofSuperset(dataset: Dataset, table: string): string {
  const at = (text: string): string => `TO_TIMESTAMP('${text}.000000', 'YYYY-MM-DD HH24:MI:SS.US')`;
  const time = dataset.main_dttm_col;
  const metrics = dataset.metrics.map(({ metric_name, expression }) => `${expression} AS "${metric_name}"`).join(', ');
  return (
    `SELECT DATE_TRUNC('day', ${time}) AS ${time}, ${metrics} FROM ${table} WHERE ${time} >= ${at(FROM)} ` +
    `AND ${time} < ${at(TO)} AND symbol IN ('S1') GROUP BY DATE_TRUNC('day', ${time}) ORDER BY 1 LIMIT 50000`
  );
}

/** What Grafana's macros make of a panel's statement. */
function ofGrafana(sql: string): string {
  const bounds = `BETWEEN '${FROM.replace(' ', 'T')}Z' AND '${TO.replace(' ', 'T')}Z'`;
  return sql.replace(/\$__timeFilter\((\w+)\)/g, `$1 ${bounds}`).replaceAll('${symbol:sqlstring}', `'S1'`);
}

describe('what is imported', () => {
  it('are datasets of the one database, each with its columns and its time', () => {
    const database = parseYaml(read('deploy/superset/databases/Tetra.yaml')) as Record<string, unknown>;
    expect(database).toMatchObject({ version: '1.0.0', allow_dml: false, allow_ctas: false, allow_cvas: false });
    expect(database.sqlalchemy_uri).toMatch(/^postgresql\+psycopg2:\/\/tetra_dashboards:X+@/);
    expect(parseYaml(read('deploy/superset/metadata.yaml'))).toMatchObject({ version: '1.0.0', type: 'SqlaTable' });
    expect(datasets.map(({ table_name }) => table_name)).toEqual(['tetra_bars', 'tetra_daily']);
    for (const { database_uuid, columns, main_dttm_col } of datasets) {
      expect(database_uuid).toBe(database.uuid);
      expect(columns.filter(({ is_dttm }) => is_dttm).map(({ column_name }) => column_name)).toEqual([main_dttm_col]);
    }
  });

  it('is a data source of Grafana, and a dashboard all of whose panels ask it within the time range', () => {
    const { apiVersion, datasources } = parseYaml(read('deploy/grafana/market/datasource.yaml')) as {
      apiVersion: number;
      datasources: { uid: string; user: string }[];
    };
    expect([apiVersion, datasources[0]!.user]).toEqual([1, 'tetra_dashboards']);
    for (const { datasource, targets } of panels()) {
      expect(datasource.uid).toBe(datasources[0]!.uid);
      for (const { rawSql } of targets) expect(rawSql).toMatch(/\$__timeFilter\(\w+\)/);
    }
  });
});

interface Panel {
  readonly datasource: { readonly uid: string };
  readonly targets: { readonly rawSql: string }[];
}

function panels(): Panel[] {
  return (JSON.parse(read('deploy/grafana/market/dashboard.json')) as { panels: Panel[] }).panels;
}

describeReady('tetra_dashboards on TimescaleDB', () => {
  const name = `tetra_ops_${process.pid}_dashboards`;
  const urlOf = (user?: string): string => {
    const url = Object.assign(new URL(server!), { pathname: `/${name}` });
    if (user) Object.assign(url, { username: user, password: 'dash' });
    return url.href;
  };

  beforeAll(async () => {
    await asAdmin(server!, (client) => client.query(`create database ${name}`));
    await asAdmin(urlOf(), async (client) => {
      await applySetup(client);
      await client.query("set tetra.dashboards_password = 'dash'");
      const role = read('db/optional/dashboards.sql');
      await client.query(role);
      await client.query(role);
      await client.query(
        `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
         select 'S' || s, t, 1, 1, 1, 1, 1, '1d', 'test'
         from generate_series(1, 3) s, generate_series(timestamptz '2015-01-01Z', '2024-12-31Z', interval '1 day') t`,
      );
      await client.query(`call refresh_continuous_aggregate('market_data.ohlcv_daily', null, null)`);
    });
  }, 240_000);
  afterAll(() => asAdmin(server!, (client) => client.query(`drop database if exists ${name} with (force)`)));

  const run = (...statements: string[]): { held: Held[]; tables: Record<string, string[]> } => {
    const url = urlOf('tetra_dashboards').replace(/^postgres(ql)?:/, 'postgresql+psycopg2:');
    const program = new URL('support/statements.py', import.meta.url).pathname;
    const printed = execFileSync(python, [program, url], { input: JSON.stringify(statements) });
    return JSON.parse(printed.toString()) as { held: Held[]; tables: Record<string, string[]> };
  };

  it("what Superset writes over the datasets takes few locks, where its own filter takes all chunks'", () => {
    const wrapped = datasets.map((dataset) => ofSuperset(dataset, `(${rendered(dataset, true)}) AS virtual_table`));
    const { held } = run(...wrapped, ofSuperset(datasets[0]!, 'market_data.ohlcv'));
    for (const { rows, locks } of held.slice(0, 2)) {
      expect(rows).toBe(31);
      expect(locks).toBeLessThan(MAX_LOCKS);
    }
    expect(held[2]!.locks).toBeGreaterThan(1000);
  });

  it('a dataset without a time range has no rows', () => {
    const { held } = run(...datasets.map((dataset) => rendered(dataset, false)));
    for (const { rows, locks } of held) {
      expect(rows).toBe(0);
      expect(locks).toBeLessThan(MAX_LOCKS);
    }
  });

  it('what Grafana writes takes few locks', () => {
    const { held } = run(...panels().flatMap(({ targets }) => targets.map(({ rawSql }) => ofGrafana(rawSql))));
    expect(held[0]!.rows).toBeGreaterThan(30);
    for (const { locks } of held) expect(locks).toBeLessThan(MAX_LOCKS);
  });

  it('writes nothing, whatever it sets, and waits for no lock and no statement for long', () => {
    const { held, tables } = run(
      "insert into news.news_articles (title, url, published_at) values ('x', 'x', now())",
      'set transaction read write; delete from market_data.ohlcv',
      'set transaction read write; create table market_data.x (a int)',
      "set statement_timeout = '50ms'; select pg_sleep(5)",
      "select 1 where current_setting('statement_timeout') = '10s' and current_setting('lock_timeout') = '1s'",
    );
    expect(held.map(({ error }) => error)).toEqual(['25006', '42501', '42501', '57014', undefined]);
    expect(held[4]!.rows).toBe(1);
    expect(tables.news).toEqual(['news_articles']);
  });

  it('has ten connections', async () => {
    const { rows } = await asAdmin(urlOf(), (client) =>
      client.query<{ limit: number }>(`select rolconnlimit as limit from pg_roles where rolname = 'tetra_dashboards'`),
    );
    expect(rows).toEqual([{ limit: 10 }]);
  });
});
