import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { asAdmin } from '../support/database.js';
import { ApiProcess } from './support/api.js';
import { Cluster, type Home, makeHome } from './support/cluster.js';
import { Collector, type Span } from './support/collector.js';
import { describeWith, freePort, PGBIN, until } from './support/tools.js';

const PASSWORD = 'secret-of-the-reader';
const LATEST = '/v1/market-data/latest/%5EGSPC';
/** Says when the file of the server that has OpenTelemetry in it is loaded. */
const SPY = `import{registerHooks}from'node:module';registerHooks({resolve(s,c,n){if(s.startsWith('./otel-'))
process.stderr.write('LOADED '+s+'\\n');return n(s,c)}})`;
const BUNDLE = new URL('../../dist/bundle/', import.meta.url);

describeWith(PGBIN, 'OTEL_*', () => {
  let home: Home;
  let cluster: Cluster;
  let collector: Collector;
  let database: string;
  const apis: ApiProcess[] = [];

  const start = async (env: Record<string, string>): Promise<ApiProcess> => {
    const api = new ApiProcess(await freePort(), {
      DATABASE_URL: database,
      DATABASE_POOL_SIZE: '4',
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      SHUTDOWN_DRAIN_MS: '0',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      ...env,
    });
    apis.push(api);
    await api.start();
    return api;
  };

  beforeAll(async () => {
    home = makeHome();
    cluster = await Cluster.create(home, 'cluster');
    await cluster.start();
    await cluster.addSample(PASSWORD);
    database = cluster.url('tetra', 'tetra_reader', PASSWORD);
    collector = await Collector.start();
  });

  afterEach(async () => {
    await Promise.all(apis.splice(1).map((api) => api.stop()));
  });

  afterAll(async () => {
    await Promise.all(apis.map((api) => api.stop()));
    collector?.stop();
    await cluster?.stop();
    home?.remove();
  });

  describe('with a collector', () => {
    let api: ApiProcess;

    beforeAll(async () => {
      api = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=tetra' });
      // What every first request asks once belongs to none.
      await (await fetch(`${api.url}${LATEST}`)).text();
    });

    /** Sends a request in a trace of its own; the spans of that trace when that of the request is among them. */
    const traced = async (path: string, init: RequestInit = {}): Promise<{ spans: Span[]; server: Span }> => {
      const [traceId, parent] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
      const headers = { ...init.headers, traceparent: `00-${traceId}-${parent}-01` };
      await (await fetch(api.url + path, { ...init, headers })).text();
      const find = (): Span | undefined => collector.trace(traceId).find(({ kind }) => kind === 2);
      await until('the span of the request arrives', find);
      expect(find()!.parentId).toBe(parent);
      return { spans: collector.trace(traceId), server: find()! };
    };

    it('a REST request is a span by its route, and its statements are part of it', async () => {
      const { spans, server } = await traced(LATEST);
      expect(server.name).toBe('GET /v1/market-data/latest/:symbol');
      expect(server.attributes).toMatchObject({
        'http.request.method': 'GET',
        'http.route': '/v1/market-data/latest/:symbol',
        'http.response.status_code': 200,
        'url.scheme': 'http',
      });
      expect(server.resource).toMatchObject({ 'service.name': 'tetra-query-api', 'telemetry.sdk.language': 'nodejs' });
      expect(server.resource['service.instance.id']).toMatch(/^[0-9a-f-]{36}$/);
      const statements = spans.filter(({ kind }) => kind === 3);
      expect(statements.length).toBeGreaterThan(0);
      for (const statement of statements) {
        expect(statement.parentId).toBe(server.spanId);
        expect(statement.start).toBeGreaterThanOrEqual(server.start);
        expect(statement.end).toBeLessThanOrEqual(server.end);
        expect(statement.attributes).toMatchObject({
          'db.system.name': 'postgresql',
          'db.namespace': 'tetra',
          'db.operation.name': 'SELECT',
          'server.address': '127.0.0.1',
          'server.port': cluster.port,
        });
      }
      // The request may also be the one that renews what the server keeps of the bars.
      const texts = statements
        .filter(({ name }) => name === 'SELECT market_data.ohlcv')
        .map(({ attributes }) => attributes['db.query.text']);
      expect(texts).toContainEqual(expect.stringMatching(/unnest\(\$\d::text\[\]\)/));
      expect(collector.headers.at(-1)).toMatchObject({ 'x-tenant': 'tetra', 'content-type': 'application/x-protobuf' });
    });

    it('a GraphQL operation is a span in its request, and its statements are part of it', async () => {
      const query = `query Board { symbol(symbol: "^GSPC") { latest { close } daily(start: "2019-01-01", end: "2019-01-31") { nodes { close } } } }`;
      const { spans, server } = await traced('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      expect(server.name).toBe('POST /graphql');
      const [operation, ...more] = spans.filter(({ kind }) => kind === 1);
      expect(more).toEqual([]);
      expect(operation).toMatchObject({ name: 'query', parentId: server.spanId, status: 0 });
      expect(operation!.attributes).toEqual({ 'graphql.operation.type': 'query', 'graphql.operation.name': 'Board' });
      const statements = spans.filter(({ kind }) => kind === 3);
      expect(statements.length).toBeGreaterThan(1);
      expect(new Set(statements.map(({ parentId }) => parentId))).toEqual(new Set([operation!.spanId]));
    });

    it('an export is a statement without its values', async () => {
      const { spans, server } = await traced(
        '/v1/market-data/bars/%5EGSPC?start=2010-01-01&end=2019-12-31&format=csv&limit=all',
      );
      const statements = spans.filter(({ name }) => name === 'SELECT market_data.ohlcv');
      expect(statements.length).toBeGreaterThan(0);
      for (const { parentId, attributes } of statements) {
        expect(parentId).toBe(server.spanId);
        expect(attributes['db.operation.name']).toBe('SELECT');
        expect(attributes['db.query.text']).toMatch(/\$1/);
        expect(attributes['db.query.text']).not.toMatch(/GSPC/);
      }
    });

    it('nothing of what clients ask, of keys or of passwords is in any span', async () => {
      const secrets = ['^GSPC', 'GSPC', 'wherewithal', 'key-of-a-client', 'Jane', PASSWORD];
      await traced('/v1/news?q=wherewithal&limit=5&format=csv', {
        headers: { authorization: 'Bearer key-of-a-client', cookie: 'a=key-of-a-client' },
      });
      await traced('/v1/news?q=wherewithal&limit=all&format=csv&start=2025-01-01');
      await traced('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          query: 'query($s: String!) { symbol(symbol: $s) { daily(first: 3) { nodes { close } } } }',
          variables: { s: '^GSPC' },
        }),
      });
      await traced('/v1/market-data/bars/Jane?q=wherewithal');
      expect(collector.spans.length).toBeGreaterThan(10);
      for (const secret of secrets) expect([secret, collector.raw.includes(secret)]).toEqual([secret, false]);
    });

    it("a client's mistake is no error, a statement that fails is one, by its SQLSTATE", async () => {
      const missing = await traced('/v1/market-data/latest/NOBODY');
      expect(missing.server).toMatchObject({ status: 0, attributes: { 'http.response.status_code': 404 } });
      const unknown = await traced('/nowhere');
      expect(unknown.server).toMatchObject({ name: 'GET', attributes: { 'http.response.status_code': 404 } });
      await asAdmin(cluster.url('tetra'), async (client) => {
        await client.query('begin');
        await client.query('lock table news.news_articles in access exclusive mode');
        const failed = (): Span | undefined => collector.spans.find(({ kind, status }) => kind === 3 && status === 2);
        // It may have shared the statement of another request, and be in that one's trace, which is sent later; on a
        // busy machine it may be refused before it has one.
        await until('the span of the statement arrives', async () => {
          const { server } = await traced('/v1/news?limit=2');
          expect(server).toMatchObject({ status: 2, attributes: { 'http.response.status_code': 503 } });
          return failed();
        });
        expect(failed()!.attributes).toMatchObject({
          'error.type': '55P03',
          'db.response.status_code': '55P03',
        });
        await client.query('rollback');
      });
    });

    it('health and metrics are not traced; a trace that its client does not keep is not sent', async () => {
      const before = new Set(collector.spans);
      const unsampled = randomBytes(16).toString('hex');
      await (
        await fetch(`${api.url}${LATEST}`, { headers: { traceparent: `00-${unsampled}-${'1'.repeat(16)}-00` } })
      ).text();
      for (const path of ['/health/live', '/health/ready', '/health/database', '/metrics']) {
        await (await fetch(api.url + path)).text();
      }
      await traced('/v1/events?limit=1');
      const routes = collector.spans.filter((span) => !before.has(span) && span.kind === 2).map(({ name }) => name);
      expect(routes).toEqual(['GET /v1/events']);
    });

    it("a request's lines in the log have its trace", async () => {
      const { server } = await traced(LATEST);
      const line = (): string | undefined => api.log.split('\n').find((text) => text.includes(server.traceId));
      await until('the line is there', line);
      expect(JSON.parse(line()!)).toMatchObject({ msg: 'request', trace_id: server.traceId, status: 200 });
    });
  });

  it('sends what is left when it ends', async () => {
    const own = await Collector.start();
    const api = await start({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${own.url}/in`, OTEL_BSP_SCHEDULE_DELAY: '600000' });
    await (await fetch(`${api.url}${LATEST}`)).text();
    expect(await api.stop()).toBe(0);
    expect(own.spans.map(({ name }) => name)).toContain('GET /v1/market-data/latest/:symbol');
    own.stop();
  });

  it('keeps the share of traces that is asked for, under the name that is given', async () => {
    const own = await Collector.start();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: own.url,
      OTEL_SERVICE_NAME: 'prices',
      OTEL_TRACES_SAMPLER: 'traceidratio',
    };
    const api = await start({ ...env, OTEL_TRACES_SAMPLER_ARG: '0.5', OTEL_RESOURCE_ATTRIBUTES: 'zone=north' });
    for (let i = 0; i < 60; i++) await (await fetch(`${api.url}/v1/nothing`)).text();
    await api.stop();
    expect(own.spans.length).toBeGreaterThan(5);
    expect(own.spans.length).toBeLessThan(55);
    expect(own.spans[0]!.resource).toMatchObject({ 'service.name': 'prices', zone: 'north' });
    own.stop();
  });

  it.each([
    ['refuses', async () => ({ url: `http://127.0.0.1:${await freePort()}`, stop: (): void => undefined })],
    ['never answers', () => Collector.start(true)],
  ])('a collector that %s costs no request, few lines and no time at the end', async (_, open) => {
    const dead = await open();
    const api = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: dead.url,
      OTEL_BSP_MAX_QUEUE_SIZE: '20',
      LOG_LEVEL: 'warn',
    });
    for (let i = 0; i < 300; i++) {
      const answer = await fetch(`${api.url}${LATEST}`);
      await answer.text();
      expect(answer.status).toBe(200);
    }
    const started = performance.now();
    expect(await api.stop()).toBe(0);
    expect(performance.now() - started).toBeLessThan(5000);
    expect(api.log.split('\n').length).toBeLessThan(5);
    dead.stop();
  });

  it('unset, nothing of OpenTelemetry is loaded but the interface that prom-client needs', async () => {
    const spy = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(SPY)}` };
    const loaded = ({ log }: ApiProcess): string[] => log.match(/^LOADED .*$/gm) ?? [];
    expect(loaded(await start(spy))).toEqual([]);
    const disabled = { ...spy, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SDK_DISABLED: 'true' };
    expect(loaded(await start(disabled))).toEqual([]);
    const [on] = loaded(await start({ ...spy, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }));
    const file = /^LOADED (\.\/otel-.*\.cjs)$/.exec(on ?? '')?.[1];
    for (const name of ['BatchSpanProcessor', 'OTLPTraceExporter']) {
      expect(readFileSync(new URL(file!, BUNDLE), 'utf8')).toContain(name);
      expect(readFileSync(new URL('server.cjs', BUNDLE), 'utf8')).not.toContain(name);
    }
  });
});
