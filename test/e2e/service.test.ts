import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Lifecycle } from '../../src/operations/health/lifecycle.js';
import { startApp, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';

let api: TestApp;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
});
afterAll(() => api.close());

describe('health', () => {
  it('runs SELECT 1 on a connection of its own', async () => {
    const { body, headers } = await api.get('/health/database').expect(200);
    expect(body).toMatchObject({ status: 'healthy', latency_ms: expect.any(Number) });
    expect(body.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    expect(headers['cache-control']).toBe('no-store');
  });

  it('is live without looking at anything', async () => {
    await api.get('/health/live').expect(200).expect('cache-control', 'no-store');
  });

  it('is 503 where there is no database, and says no more than why', async () => {
    const alone = await startApp('postgres://nobody:secret@127.0.0.1:1/none', { LOG_LEVEL: 'silent' });
    try {
      const { body, headers } = await alone.get('/health/database').expect(503);
      expect(body).toEqual({ status: 'unhealthy', timestamp: expect.any(String), error: 'refused' });
      expect(headers['retry-after']).toBe('1');
      await alone.get('/health/live').expect(200);
      await alone.get('/health/ready').expect(503);
      const data = await alone.get('/v1/market-data/latest/AAPL').expect(503);
      expect(data.body.code).toBe('database_unavailable');
      expect(data.text).not.toMatch(/secret|127\.0\.0\.1|ECONN/);
      await alone.get('/v1/market-data/daily/AAPL?limit=x').expect(400);
    } finally {
      await alone.close();
    }
  });

  it('is 503 while draining', async () => {
    const ending = await startApp(sharedDatabase().reader);
    ending.app.get(Lifecycle).draining = true;
    expect((await ending.get('/health/database').expect(503)).body).toMatchObject({ error: 'draining' });
    expect((await ending.get('/health/ready').expect(503)).body).toMatchObject({ reason: 'draining' });
    await ending.close();
  });
});

describe('the documents', () => {
  it('are served, and are the committed ones', async () => {
    const { body } = await api.get('/openapi.json').expect(200);
    const committed = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as unknown;
    expect(body).toEqual(committed);
    expect(body.openapi).toBe('3.1.0');
    expect(JSON.stringify(body)).not.toContain('"nullable"');
  });

  it('describe every data route, and nothing that is not one', async () => {
    const { body } = await api.get('/openapi.json');
    const http = api.app.getHttpAdapter().getInstance();
    for (const path of Object.keys(body.paths as object)) {
      const url = path.replace(/\{(\w+)\}/g, ':$1');
      expect(http.hasRoute({ method: 'GET', url })).toBe(true);
      expect(Object.keys((body.paths as Record<string, object>)[path]!)).toEqual(['get']);
    }
  });

  it('come with Swagger UI from this process', async () => {
    const page = await api.get('/docs').expect(200);
    expect(page.text).not.toMatch(/(src|href)="https?:/);
  });
});

describe('the root', () => {
  it('has links for programs, and a page for browsers', async () => {
    const { body, headers } = await api
      .get('/')
      .expect(200)
      .expect('content-type', /^application\/json/);
    expect(headers.vary).toContain('Accept');
    for (const path of Object.values(body.links as Record<string, string>)) {
      expect([path, (await api.get(`/${path}`)).status]).not.toEqual([path, 404]);
    }
    const page = await api.get('/', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }).expect(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.text).toContain('<a href="docs">');
    expect(page.text).not.toMatch(/<script|(src|href)="(https?:)?\//);
  });

  it('says nothing of sample data where there is none of ours', async () => {
    for (const path of ['/', '/v1/market-data/daily/AAPL?limit=1', '/graphql?query={__typename}', '/nothing']) {
      const { headers, text } = await api.get(path);
      expect([path, headers['x-sample-data']]).toEqual([path, undefined]);
      expect(text).not.toContain('"sample"');
    }
  });
});

describe('headers', () => {
  it('are safe on every kind of answer', async () => {
    for (const path of [
      '/v1/market-data/latest/AAPL',
      '/nothing',
      '/health/live',
      '/docs',
      '/graphql?query={__typename}',
    ]) {
      const { headers } = await api.get(path);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['x-powered-by']).toBeUndefined();
      expect(headers['x-request-id']).toBeTruthy();
    }
  });

  it('let pages load what is ours, and data nothing', async () => {
    const data = await api.get('/v1/market-data/latest/AAPL');
    expect(data.headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'");
    for (const path of ['/docs', '/graphiql/start.js']) {
      const page = await api.get(path).expect(200);
      expect(page.headers['content-security-policy']).toContain("script-src 'self'");
      expect(page.headers['x-frame-options']).toBe('SAMEORIGIN');
    }
  });

  it('allow other origins only where configured', async () => {
    const open = await startApp(sharedDatabase().reader, { CORS_ORIGINS: 'https://dash.example' });
    const allowed = await open.get('/health/live', { origin: 'https://dash.example' });
    expect(allowed.headers['access-control-allow-origin']).toBe('https://dash.example');
    const other = await open.get('/health/live', { origin: 'https://evil.example' });
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
    await open.close();
    expect(
      (await api.get('/health/live', { origin: 'https://dash.example' })).headers['access-control-allow-origin'],
    ).toBeUndefined();
  });
});
