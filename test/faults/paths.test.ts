import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ERRORS } from '../../src/base/errors.js';
import { Api } from './support/api.js';
import { figure } from './support/wait.js';

// None of these needs a database.
let api: Api;
beforeAll(async () => {
  api = await Api.start('postgres://nobody@127.0.0.1:1/none', { LOG_LEVEL: 'error' });
});
afterAll(() => api?.stop());

const CODES = new Set<string>(Object.keys(ERRORS));

/** Fails unless an answer is a good one or an error with a code of the table. */
function judge(what: string, { status, headers, text }: Awaited<ReturnType<Api['call']>>): void {
  if (status >= 500) throw new Error(`${what}: ${status} ${text}`);
  if (status < 400 || text === '') return;
  const type = String(headers['content-type']);
  if (headers['content-encoding'] && /^application\/(problem\+)?json/.test(type)) return;
  const body = JSON.parse(text) as { code?: string; errors?: { extensions: { code: string } }[] };
  const code = body.code ?? body.errors?.[0]?.extensions.code ?? '';
  if (!CODES.has(code)) throw new Error(`${what}: ${status} with the code ${code}`);
  if (body.code && !/^application\/problem\+json/.test(type)) throw new Error(`${what}: no problem`);
}

describe('paths that are none', () => {
  it.each([
    ['/docs/../x', 404],
    ['/docs/%2e%2e/x', 404],
    ['/docs/..%2fx', 404],
    ['/docs/%00', 404],
    ['/docs/swagger-ui.css%00', 404],
    ['/docs/nope.js', 404],
    ['/docs/*', 404],
    ['/graphiql/nope.js', 404],
    ['/docs/%zz', 400],
    ['/docs/%ff', 400],
    ['/%', 400],
    ['//', 404],
    ['/docs//swagger-ui.css', 404],
  ])('%s is %i', async (path, status) => {
    const answer = await api.call(path);
    expect([path, answer.status]).toEqual([path, status]);
    expect(JSON.parse(answer.text)).toMatchObject({ code: status === 404 ? 'not_found' : 'invalid_parameter', status });
    expect((await api.call(path, { method: 'HEAD' })).status).toBe(status);
    expect((await api.call(path, { method: 'PUT' })).status).toBeLessThan(500);
  });

  it.each([
    [{ range: 'bytes=0-10' }, 206],
    [{ range: 'bytes=99999999-' }, 416],
    [{ range: 'bytes=5-1' }, 416],
    [{ 'if-match': '"x"' }, 412],
    [{ 'if-unmodified-since': 'Mon, 01 Jan 1990 00:00:00 GMT' }, 412],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-range': '"x"', range: 'x' }, 200],
  ])('of files heed %j: %i', async (headers: Record<string, string>, status) => {
    const answer = await api.call('/docs/swagger-ui.css', { headers });
    expect(answer.status).toBe(status);
    judge(JSON.stringify(headers), answer);
  });
});

describe('five thousand requests for pages, files, GraphQL and nothing at all', () => {
  const segment = fc.oneof(
    fc.constantFrom(
      '..',
      '.',
      '%2e%2e',
      '%2E%2e%2f',
      '%00',
      '%2f',
      '%5c',
      '\\',
      '%zz',
      '%',
      '%f',
      '%ff',
      '%c0%af',
      '%e0%a4%a',
    ),
    fc.constantFrom(
      'a',
      'nope.js',
      'swagger-ui.css',
      'index.html',
      ';x',
      '#x',
      '',
      '*',
      ':id',
      '~',
      '%3f',
      '%23',
      '+',
      '{x}',
    ),
    fc.constantFrom(
      '__proto__',
      'constructor',
      'swagger-initializer.js',
      'static',
      'react.js',
      '%F0%9F%92%A9',
      'a'.repeat(2000),
    ),
  );
  const path = fc
    .tuple(
      fc.constantFrom(
        '/docs',
        '/docs/',
        '/graphql',
        '/graphiql/',
        '/openapi.json',
        '/',
        '/x/',
        '/health/',
        '/health/live',
        '',
      ),
      fc.array(segment, { maxLength: 4 }),
      fc.constantFrom(
        '',
        '',
        '?',
        '?x=1',
        '?query={__typename}',
        '?query=%00',
        '?query={',
        '?a=%zz',
        '?a[b]=1',
        '?__proto__=1',
      ),
    )
    .map(([start, segments, query]) => `/${`${start}${segments.join('/')}`.replace(/^\//, '')}${query}`);
  const headers = fc.record(
    {
      range: fc.constantFrom('bytes=0-', 'bytes=-1', 'bytes=9-1', 'bytes=0-0,2-3', 'x', 'bytes=99999999999999999999-'),
      accept: fc.constantFrom(
        'text/html',
        'application/json',
        '*/*',
        'x',
        ';;q',
        'text/html;q=0',
        'application/graphql-response+json',
      ),
      'accept-encoding': fc.constantFrom('gzip', 'br', 'zstd', 'identity', 'gzip;q=0', '*;q=0', 'x', ';;'),
      'if-none-match': fc.constantFrom('*', '"x"', 'W/"x"', '"', ''),
      'if-match': fc.constantFrom('*', '"x"', '"'),
      'if-modified-since': fc.constantFrom('x', 'Mon, 01 Jan 2035 00:00:00 GMT'),
      'if-unmodified-since': fc.constantFrom('x', 'Mon, 01 Jan 1990 00:00:00 GMT'),
      'if-range': fc.constantFrom('"x"', 'x'),
      'content-type': fc.constantFrom(
        'application/json',
        'text/plain',
        'application/json; charset=utf-16',
        'x',
        'multipart/form-data',
      ),
      origin: fc.constantFrom('null', 'https://a.example', 'x'),
      'x-forwarded-host': fc.constantFrom('x', '[', 'a:b:c'),
      'apollo-require-preflight': fc.constant('1'),
    },
    { requiredKeys: [] },
  );
  const method = fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PROPFIND', 'TRACE');
  const body = fc.option(
    fc.constantFrom(
      '{}',
      '[]',
      'null',
      '{',
      '"x"',
      '{"query":"{__typename}"}',
      '{"query":1}',
      '{"__proto__":1}',
      '{"query":"{"}',
      '\u00ff\u00fe',
    ),
    { nil: undefined },
  );

  it('are never a 5xx, and every error has a code', async () => {
    let sent = 0;
    const request = fc.tuple(method, path, headers, body);
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 50, maxLength: 50 }), async (requests) => {
        await Promise.all(
          requests.map(async ([verb, where, more, content]) => {
            const hasBody = content !== undefined && content !== null && verb !== 'HEAD' && verb !== 'TRACE';
            const headers: Record<string, string> = { ...more };
            if (hasBody) headers['content-length'] = String(Buffer.byteLength(content));
            const options = { method: verb, headers, body: hasBody ? content : undefined };
            judge(`${verb} ${where} ${JSON.stringify(more)} ${content}`, await api.call(where, options));
            sent += 1;
          }),
        );
      }),
      { numRuns: 100, endOnFailure: true },
    );
    expect(sent).toBe(5000);
    expect(api.leaks).toEqual([]);
    figure('requests for pages, files and nothing', { requests: sent, '5xx': 0 });
  });
});
