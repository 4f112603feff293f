import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { applySetup } from '../../src/setup/apply.js';
import { asAdmin } from '../support/database.js';
import { Cluster, type Home, makeHome } from './support/cluster.js';
import { type Chart, charts, datasets, filters, rangeOf, rendered, statementOf, valuesOf } from './support/superset.js';
import { hasTimescaledb } from './support/timescaledb.js';
import { PGBIN } from './support/tools.js';

const root = new URL('../../', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');
const python = '/usr/bin/python3';
const sqlalchemy = existsSync('/usr/lib/python3/dist-packages/sqlalchemy');
if (!sqlalchemy) process.stderr.write('dashboards: skipped, python3-sqlalchemy is not installed\n');

/** A chart holds at most as many, and with the others of the dashboard leaves room in a table of 64 a connection. */
const MAX_LOCKS = 200;

interface Held {
  readonly rows?: number;
  readonly locks?: number;
  readonly error?: string;
}
interface Panel {
  readonly targets: { readonly rawSql: string }[];
}

/** What Grafana's macros make of a panel's statement, over a month. */
function ofGrafana(sql: string): string {
  return sql
    .replace(/\$__timeFilter\((\w+)\)/g, `$1 BETWEEN '2024-10-01T00:00:00Z' AND '2024-11-01T00:00:00Z'`)
    .replaceAll('${symbol:sqlstring}', `'S1'`);
}
const { panels } = JSON.parse(read('deploy/grafana/market/dashboard.json')) as { panels: Panel[] };
const named = (name: string): Chart => charts.find(({ slice_name }) => slice_name === name)!;

let home: Home;
let cluster: Cluster;
const timescaledb = sqlalchemy && (await hasTimescaledb('dashboards with TimescaleDB', process.env.TEST_DATABASE_URL));
const servers: [string, boolean, () => Promise<string>][] = [
  ['TimescaleDB', timescaledb, () => Promise.resolve(process.env.TEST_DATABASE_URL!)],
  [
    'plain PostgreSQL',
    sqlalchemy && existsSync(PGBIN),
    async () => {
      home = makeHome();
      cluster = await Cluster.create(home, 'dashboards');
      await cluster.start();
      return cluster.url('postgres');
    },
  ],
];

afterAll(async () => {
  await cluster?.stop();
  home?.remove();
});

describe.each(servers)('tetra_dashboards on %s', (title, there, started) => {
  const test = there ? it : it.skip;
  const chunks = title === 'TimescaleDB';
  const name = `tetra_ops_${process.pid}_dashboards`;
  let server: string;
  const urlOf = (user?: string): string => {
    const url = Object.assign(new URL(server), { pathname: `/${name}` });
    if (user) Object.assign(url, { username: user, password: 'dash' });
    return url.href;
  };

  beforeAll(async () => {
    if (!there) return;
    server = await started();
    await asAdmin(server, (client) => client.query(`create database ${name}`));
    await asAdmin(urlOf(), async (client) => {
      await applySetup(client, { timescaledb: chunks ? 'auto' : 'never' });
      await client.query("set tetra.dashboards_password = 'dash'");
      const role = read('db/optional/dashboards.sql');
      await client.query(role);
      await client.query(role);
      await client.query(
        `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
         select 'S' || s, t, 1, 1, 1, 1, 1, '1d', 'test'
         from generate_series(1, 3) s, generate_series(timestamptz '2015-01-01Z', '2024-12-31Z', interval '1 day') t`,
      );
      await client.query(
        `insert into economic_data.economic_data (symbol, date, value)
         select 'E' || s, t, 1
         from generate_series(1, 2) s, generate_series(timestamptz '2015-01-01Z', '2024-11-01Z', interval '1 month') t`,
      );
      if (!chunks) return;
      await client.query(`call refresh_continuous_aggregate('market_data.ohlcv_daily', null, null)`);
      // As the policy does: a compressed chunk takes locks on the table that it is compressed into, too.
      await client.query(
        `select compress_chunk(c) from show_chunks('market_data.ohlcv', older_than => '2024-12-01'::timestamptz) c`,
      );
    });
  }, 240_000);
  afterAll(async () => {
    if (there) await asAdmin(server, (client) => client.query(`drop database if exists ${name} with (force)`));
  });

  const run = (...statements: string[]): { held: Held[]; tables: Record<string, string[]> } => {
    const url = urlOf('tetra_dashboards').replace(/^postgres(ql)?:/, 'postgresql+psycopg2:');
    const program = new URL('support/statements.py', import.meta.url).pathname;
    const printed = execFileSync(python, [program, url], { input: JSON.stringify(statements) });
    return JSON.parse(printed.toString()) as { held: Held[]; tables: Record<string, string[]> };
  };

  test.each([
    ['Close', 366],
    ['Volume', 366],
    ['Symbols with a bar', 92],
    ['Newest bars', 3],
    ['Economic series', 238],
    // Each data set has its row, with or without rows of its own.
    ['Freshness', 5],
  ])('what Superset asks for the chart "%s" has its rows and takes few locks', (chart, rows) => {
    const { held } = run(statementOf(named(chart), 'S1'));
    expect(held.map((one) => one.rows)).toEqual([rows]);
    expect(held[0]!.locks).toBeLessThan(MAX_LOCKS);
  });

  test('all charts of the dashboard are asked for above, and the values of its filters take few locks', () => {
    const asked = filters.map(valuesOf).filter((statement) => statement !== null);
    const { held } = run(...asked);
    expect(held.map(({ rows }) => rows)).toEqual([3, 2]);
    for (const { locks } of held) expect(locks).toBeLessThan(MAX_LOCKS);
    expect(charts).toHaveLength(6);
  });

  (chunks ? test : it.skip)(
    "Superset's own filter, which the datasets do without, takes the locks of all chunks",
    () => {
      const { held } = run(statementOf(named('Newest bars'), 'S1', 'market_data.ohlcv'));
      expect(held[0]!.locks).toBeGreaterThan(1000);
    },
  );

  test('bounds are literals, too, when Superset has written the SQL of a dataset anew', () => {
    const anew = datasets.map((dataset) =>
      rendered(dataset, rangeOf('Last month'))
        .replace(/--.*$/gm, '')
        .replace(/timestamptz ('[^']+')/g, 'CAST($1 AS TIMESTAMPTZ)'),
    );
    const { held } = run(...anew);
    expect(held.map(({ error }) => error)).toEqual(datasets.map(() => undefined));
    for (const { locks } of held) expect(locks).toBeLessThan(MAX_LOCKS);
  });

  test('a dataset without a time range has no rows', () => {
    const { held } = run(...datasets.map((dataset) => rendered(dataset, null)));
    for (const { rows, locks } of held) {
      expect(rows).toBe(0);
      expect(locks).toBeLessThan(MAX_LOCKS);
    }
  });

  test('what Grafana writes takes few locks', () => {
    const { held } = run(...panels.flatMap(({ targets }) => targets.map(({ rawSql }) => ofGrafana(rawSql))));
    expect(held[0]!.rows).toBeGreaterThan(30);
    for (const { locks } of held) expect(locks).toBeLessThan(MAX_LOCKS);
  });

  test('writes nothing, whatever it sets, and waits for no lock and no statement for long', () => {
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

  test('has the columns that the datasets name, of their types', async () => {
    const TYPES: Record<string, string> = {
      'character varying': 'VARCHAR',
      text: 'VARCHAR',
      'timestamp with time zone': 'TIMESTAMP WITH TIME ZONE',
      numeric: 'NUMERIC',
      bigint: 'BIGINT',
      boolean: 'BOOLEAN',
    };
    for (const dataset of datasets) {
      const found = await asAdmin(urlOf('tetra_dashboards'), async (client) => {
        const { fields } = await client.query(
          `select * from (${rendered(dataset, rangeOf('Last month'))}\n) d limit 0`,
        );
        const types = fields.map(({ dataTypeID }) => `format_type(${dataTypeID}, null)`);
        const { rows } = await client.query<{ types: string[] }>(`select array[${types.join()}] as types`);
        return fields.map(({ name: column }, i) => [column, TYPES[rows[0]!.types[i]!]]);
      });
      expect(found).toEqual(dataset.columns.map(({ column_name, type }) => [column_name, type]));
    }
  });

  test('has ten connections', async () => {
    const { rows } = await asAdmin(urlOf(), (client) =>
      client.query<{ limit: number }>(`select rolconnlimit as limit from pg_roles where rolname = 'tetra_dashboards'`),
    );
    expect(rows).toEqual([{ limit: 10 }]);
  });
});
