import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load as parseYaml } from 'js-yaml';
import { charts, dashboard, database, datasets, files, filters } from './support/superset.js';

const root = new URL('../../', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');
const ajv = new Ajv({ allErrors: true, formats: { uri: true }, allowUnionTypes: true });
for (const name of ['superset', 'grafana'])
  ajv.addSchema(JSON.parse(read(`test/operations/schemas/${name}.json`)) as object, name);

/** What a definition of a schema refuses of a file: nothing, where it is as it must be. */
function refused(definition: string, file: unknown): string[] {
  const validate = ajv.getSchema(definition.replace('.', '#/definitions/'))!;
  if (validate(file) === true) return [];
  return validate.errors!.map(({ instancePath, message, params }) =>
    [instancePath, message, JSON.stringify(params)].join(' '),
  );
}

describe('the bundle of Superset', () => {
  const kinds: Record<string, string> = {
    'metadata.yaml': 'metadata',
    databases: 'database',
    datasets: 'dataset',
    charts: 'chart',
    dashboards: 'dashboard',
  };

  it.each([...files])('has only what an import takes: %s', (name, file) => {
    expect(refused(`superset.${kinds[name.split('/')[0]!]}`, file)).toEqual([]);
  });

  it('is refused where a member is unknown, lacks or is of another type', () => {
    const [chart] = charts as [object];
    expect(refused('superset.chart', { ...chart, owner: 'me' })).toHaveLength(1);
    expect(refused('superset.chart', { ...chart, params: '{}' })).toHaveLength(1);
    expect(refused('superset.chart', { ...chart, dataset_uuid: undefined })).toHaveLength(1);
    expect(refused('superset.dataset', { ...datasets[0], template_params: '' })).toHaveLength(1);
    expect(refused('superset.database', { ...database, extra: { schemas: [] } })).toHaveLength(1);
  });

  it('is of one database, of the role of dashboards, which writes nothing', () => {
    expect(database).toMatchObject({
      allow_dml: false,
      allow_ctas: false,
      allow_cvas: false,
      allow_file_upload: false,
    });
    expect(database.sqlalchemy_uri).toMatch(/^postgresql\+psycopg2:\/\/tetra_dashboards:X+@/);
    for (const { database_uuid: uuid } of datasets) expect(uuid).toBe(database.uuid);
    const uuids = [...files.values()].flatMap((file) => ('uuid' in file ? [file.uuid] : []));
    expect(new Set(uuids).size).toBe(uuids.length);
    expect(uuids).toHaveLength(files.size - 1);
  });

  it.each(charts.map((chart) => [chart.slice_name, chart] as const))(
    'has a chart of columns and metrics that its dataset has, and of a time range: %s',
    (_, { dataset_uuid: uuid, params, viz_type: type }) => {
      const dataset = datasets.find((one) => one.uuid === uuid)!;
      const columns = dataset.columns.map(({ column_name: name }) => name);
      const metrics = dataset.metrics.map(({ metric_name: name }) => name);
      const { x_axis: axis = dataset.main_dttm_col, timeseries_limit_metric: by = metrics[0]! } = params;
      expect(columns).toEqual(expect.arrayContaining([axis, dataset.main_dttm_col, ...params.groupby]));
      expect(metrics).toEqual(expect.arrayContaining([...params.metrics, by]));
      expect(params.adhoc_filters.map(({ operator, subject }) => [operator, subject])).toEqual([
        ['TEMPORAL_RANGE', dataset.main_dttm_col],
      ]);
      expect(params.viz_type).toBe(type);
    },
  );

  it('has a dashboard with every chart once, in rows of twelve columns', () => {
    const parts = dashboard.position as Record<string, { type: string; children?: string[]; meta?: object }>;
    const placed = (name: string): { uuid: string; width: number; chartId: number } =>
      parts[name]!.meta as { uuid: string; width: number; chartId: number };
    const rows = parts.GRID_ID!.children!;
    const shown = rows.flatMap((row) => parts[row]!.children!);
    expect(shown.map((name) => placed(name).uuid).sort()).toEqual(charts.map(({ uuid }) => uuid).sort());
    for (const row of rows) {
      const widths = parts[row]!.children!.map((name) => placed(name).width);
      expect(widths.reduce((sum, width) => sum + width)).toBe(12);
    }
    const named = ['DASHBOARD_VERSION_KEY', 'ROOT_ID', 'GRID_ID', 'HEADER_ID', ...rows, ...shown];
    expect(Object.keys(parts).sort()).toEqual(named.sort());
    expect(new Set(shown.map((name) => placed(name).chartId)).size).toBe(charts.length);
  });

  it('has filters of columns that their datasets have, on charts that are there, whose values have a time range', () => {
    const ids = Object.values(dashboard.position).flatMap((part) =>
      typeof part === 'object' && part.type === 'CHART' ? [part.meta!.chartId] : [],
    );
    expect(filters.map(({ name }) => name)).toEqual(['Symbol', 'Time range', 'Economic series']);
    for (const { targets, time_range: range, granularity_sqla: time, scope, filterType: type } of filters) {
      expect(ids).toEqual(expect.arrayContaining(scope.excluded));
      expect(scope.excluded.length).toBeLessThan(ids.length);
      if (type === 'filter_time') continue;
      const dataset = datasets.find(({ uuid }) => uuid === targets[0]!.datasetUuid)!;
      expect(dataset.columns.map(({ column_name: name }) => name)).toContain(targets[0]!.column!.name);
      expect([time, range]).toEqual([dataset.main_dttm_col, expect.stringMatching(/^(Last \w+|.+ : now)$/)]);
    }
  });
});

describe('what Grafana is provisioned with', () => {
  it.each([
    ['dashboard', 'market/dashboard.json'],
    ['dashboard', 'dashboard.json'],
    ['dashboards', 'market/dashboards.yaml'],
    ['datasources', 'market/datasource.yaml'],
  ])('has only what Grafana reads: %s of %s', (definition, name) => {
    // JSON is YAML, too.
    expect(refused(`grafana.${definition}`, parseYaml(read(`deploy/grafana/${name}`)))).toEqual([]);
  });

  it('is a data source, and a dashboard all of whose panels ask it within the time range', () => {
    const { datasources } = parseYaml(read('deploy/grafana/market/datasource.yaml')) as {
      datasources: { uid: string; user: string }[];
    };
    expect(datasources[0]!.user).toBe('tetra_dashboards');
    const { panels } = JSON.parse(read('deploy/grafana/market/dashboard.json')) as {
      panels: { datasource: { uid: string }; targets: { rawSql: string }[]; gridPos: { x: number; w: number } }[];
    };
    for (const { datasource, targets, gridPos } of panels) {
      expect(datasource.uid).toBe(datasources[0]!.uid);
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (const { rawSql } of targets) expect(rawSql).toMatch(/\$__timeFilter\(\w+\)/);
    }
  });
});

describe('deploy/superset/start.sh', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'tetra-superset-'));
    for (const name of ['tetra_dashboards', 'superset_admin']) writeFileSync(join(home, name), `of ${name}\n`);
    // Superset's commands, which keep what they were asked; a server that keeps how it was started.
    const command = `#!/bin/sh\necho "$@" >>${home}/asked\n[ "$1" != import-dashboards ] || cp "$3" ${home}/imported.zip\n`;
    writeFileSync(join(home, 'superset'), command, { mode: 0o755 });
    writeFileSync(join(home, 'serve'), `#!/bin/sh\necho "serves with $PGPASSWORD" >>${home}/asked\n`, { mode: 0o755 });
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const start = (): string[] => {
    rmSync(join(home, 'asked'), { force: true });
    execFileSync('sh', [fileURLToPath(new URL('deploy/superset/start.sh', root))], {
      env: {
        PATH: `${home}:${process.env.PATH}`,
        SUPERSET_HOME: home,
        TETRA_BUNDLE: fileURLToPath(new URL('deploy/superset/bundle', root)),
        TETRA_SERVE: join(home, 'serve'),
        TETRA_DB: 'postgres:5432',
        TETRA_DB_NAME: 'tetra',
        TETRA_DASHBOARDS_PASSWORD_FILE: join(home, 'tetra_dashboards'),
        SUPERSET_ADMIN_PASSWORD_FILE: join(home, 'superset_admin'),
      },
    });
    return readFileSync(join(home, 'asked'), 'utf8').trim().split('\n');
  };

  it('makes the tables, the user and the dashboards once, and serves with the password of the role', () => {
    const [upgrade, init, admin, imports, serves, ...more] = start();
    expect([upgrade, init, serves, more]).toEqual(['db upgrade', 'init', 'serves with of tetra_dashboards', []]);
    expect(admin).toMatch(/^fab create-admin --username admin .* --password of superset_admin$/);
    expect(imports).toMatch(/^import-dashboards --path \/\S+\.zip --username admin$/);
    expect(start()).toEqual(['db upgrade', 'init', 'serves with of tetra_dashboards']);
  });

  it('imports the whole bundle in one folder, with the address of the database and no password', () => {
    start();
    execFileSync('python3', ['-m', 'zipfile', '-e', join(home, 'imported.zip'), home]);
    const names = readdirSync(join(home, 'tetra'), { recursive: true, encoding: 'utf8' });
    expect(names.filter((name) => name.endsWith('.yaml')).sort()).toEqual([...files.keys()]);
    const uri = 'postgresql+psycopg2://tetra_dashboards@postgres:5432/tetra';
    const imported = parseYaml(readFileSync(join(home, 'tetra/databases/Tetra.yaml'), 'utf8'));
    expect(imported).toEqual({ ...database, sqlalchemy_uri: uri });
  });

  it('does both again where the first time broke off', () => {
    const whole = readFileSync(join(home, 'superset'), 'utf8');
    writeFileSync(join(home, 'superset'), `${whole}[ "$1" != import-dashboards ]\n`);
    expect(start).toThrow();
    writeFileSync(join(home, 'superset'), whole);
    expect(start()).toHaveLength(5);
  });

  it('is in an image of a pinned version, with all that it needs', () => {
    const dockerfile = read('deploy/superset/Dockerfile');
    expect(dockerfile).toMatch(/^FROM apache\/superset:\d+\.\d+\.\d+$/m);
    expect(dockerfile).toMatch(/ psycopg2-binary==\d+\.\d+\.\d+$/m);
    const copied = new Map([...dockerfile.matchAll(/^COPY (\S+) (\S+)$/gm)].map(([, from, to]) => [from!, to!]));
    for (const from of copied.keys())
      expect([from, existsSync(new URL(`deploy/superset/${from}`, root))]).toEqual([from, true]);
    const script = read('deploy/superset/start.sh');
    expect(script).toContain(`TETRA_BUNDLE:-${copied.get('bundle')}`);
    expect(dockerfile).toContain(`CMD ["sh", "${copied.get('start.sh')}start.sh"]`);
    const needed = [...script.matchAll(/\$(TETRA_DB\w*|TETRA_\w+_FILE|SUPERSET_\w+)\b/g)].map(([, name]) => name!);
    const config = read('deploy/superset/superset_config.py');
    needed.push(...[...config.matchAll(/os\.environ\[["'](\w+)["']\]/g)].map(([, name]) => name!));
    const { services } = parseYaml(read('docker-compose.yml')) as {
      services: { superset: { environment: object; image: string; volumes: string[] } };
    };
    expect(Object.keys(services.superset.environment)).toEqual(expect.arrayContaining(needed));
    expect(new Set(needed).size).toBe(6);
    expect(dockerfile).toContain(`FROM apache/superset:${services.superset.image.split(':')[1]}\n`);
    expect(services.superset.volumes).toEqual([expect.stringMatching(/^tetra_superset_data:/)]);
  });
});
