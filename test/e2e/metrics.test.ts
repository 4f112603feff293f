import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { startApp, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';

/** Value of one series as Prometheus reads it. */
function valueOf(text: string, series: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1));
}

/** Names in the text, with what histograms add, and the labels of each. */
function seriesOf(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [, name, type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const names = type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => `${name}${end}`) : [name!];
    for (const each of names) found.set(each, new Set());
  }
  for (const [, name, labels] of text.matchAll(/^([a-z_]+)\{([^}]*)\}/gm)) {
    for (const [, label] of labels!.matchAll(/([a-z_]+)="/g)) found.get(name!)?.add(label!);
  }
  return found;
}

describe('/metrics', () => {
  let server: TestApp;
  const scrape = async (): Promise<string> => (await server.get('/metrics').expect(200)).text;

  beforeAll(async () => {
    server = await startApp(sharedDatabase().reader);
  });
  afterAll(() => server.close());

  it('counts requests by route template, method and status', async () => {
    await server.get('/v1/market-data/latest/%5EGSPC').expect(200);
    await server.get('/v1/market-data/latest/NOTHING-LIKE-IT').expect(404);
    await server.get('/v1/market-data/latest/%5EGSPC?nonsense=1').expect(400);
    await server.get('/no/such/path').expect(404);
    const text = await scrape();
    const count = (status: number, route = '/v1/market-data/latest/:symbol'): number =>
      valueOf(text, `tetra_http_request_duration_seconds_count{method="GET",route="${route}",status="${status}"}`);
    expect([count(200), count(404), count(400), count(404, 'unmatched')]).toEqual([1, 1, 1, 1]);
    expect(text).not.toContain('GSPC');
    expect(text).not.toContain('NOTHING');
  });

  it('tells of statements, pools, the database and the process', async () => {
    const text = await scrape();
    expect(valueOf(text, 'tetra_database_up')).toBe(1);
    expect(valueOf(text, 'tetra_statement_duration_seconds_count{server="primary",outcome="ok"}')).toBeGreaterThan(0);
    expect(valueOf(text, 'tetra_pool_max_connections{pool="pages"}')).toBe(30);
    expect(valueOf(text, 'tetra_pool_connections{pool="pages",state="idle"}')).toBeGreaterThan(0);
    expect(valueOf(text, 'tetra_http_requests_in_flight')).toBe(1);
    expect(valueOf(text, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
  });

  it('tells how fresh each data set is, as the catalog does', async () => {
    const { body } = (await server.get('/v1/catalog').expect(200)) as {
      body: {
        data: {
          data_sets: { name: string; last: string | null; state: string; expected_by: string; lag_seconds: number }[];
        };
      };
    };
    const text = await scrape();
    const bars = body.data.data_sets.find(({ name }) => name === 'market_data.ohlcv')!;
    const newest = valueOf(text, 'tetra_data_newest_timestamp_seconds{data_set="market_data.ohlcv"}');
    expect(newest).toBe(Date.parse(bars.last!) / 1000);
    for (const { name, state, expected_by, lag_seconds } of body.data.data_sets) {
      expect(text).toContain(`tetra_data_state{data_set="${name}",state="${state}"} 1`);
      const due = valueOf(text, `tetra_data_expected_by_timestamp_seconds{data_set="${name}"}`);
      expect(due).toBe(Date.parse(expected_by) / 1000);
      const lag = valueOf(text, `tetra_data_lag_seconds{data_set="${name}"}`);
      expect(Math.abs(lag - lag_seconds)).toBeLessThan(60);
    }
    expect(text.match(/^tetra_data_state\{/gm)).toHaveLength(body.data.data_sets.length);
  });

  it('has every series and label that the alert rules and the dashboard use', async () => {
    await server.get('/v1/market-data/symbols').expect(200);
    const text = await scrape();
    const series = seriesOf(text);
    const rules = readFileSync(new URL('../../deploy/prometheus/alerts.yml', import.meta.url), 'utf8');
    const dashboard = JSON.parse(
      readFileSync(new URL('../../deploy/grafana/dashboard.json', import.meta.url), 'utf8'),
    ) as { panels: { targets: { expr: string }[] }[] };
    const expressions = [
      ...[...rules.matchAll(/^ +expr: (.+)$/gm)].map(([, expr]) => expr!),
      ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ];
    expect(expressions.length).toBeGreaterThan(20);
    for (const expr of expressions) {
      const names = [...expr.matchAll(/\b((?:tetra|process|nodejs)_[a-z0-9_]+)(?:\{([^}]*)\})?/g)];
      expect([expr, names.length > 0 || /\bup\{/.test(expr)]).toEqual([expr, true]);
      for (const [, name, selector = ''] of names) {
        expect([...series.keys()]).toContain(name);
        // Of a standby, a slot or a fault, and there is none here: test/operations shows them.
        if (series.get(name!)!.size === 0) continue;
        const labels = [...selector.matchAll(/([a-z_]+)(?:=|!=|=~|!~)"/g)].map(([, label]) => label!);
        const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(/, */));
        for (const label of labels)
          expect([name, [...series.get(name!)!]]).toEqual([name, expect.arrayContaining([label])]);
        // Those that Prometheus itself adds are not in the text.
        const known = new Set([...series.values()].flatMap((set) => [...set]).concat('instance'));
        for (const label of grouped) expect([...known]).toContain(label);
      }
    }
  });
});

describe('/metrics at an address of its own', () => {
  it('is there and no longer beside the API', async () => {
    const port = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const { port: free } = probe.address() as { port: number };
        probe.close(() => resolve(free));
      });
    });
    const server = await startApp(sharedDatabase().reader, { METRICS_PORT: String(port) });
    try {
      await server.get('/metrics').expect(404);
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
      expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
      expect(await answer.text()).toContain('tetra_database_up 1');
      expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
    } finally {
      await server.close();
    }
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
  });
});
