import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { startApp, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';

let api: TestApp;
let port: number;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
  await api.app.listen(0, '127.0.0.1');
  port = Number(new URL(await api.app.getUrl()).port);
});
afterAll(() => api.close());

/** What is answered to bytes as they are. */
function answerTo(head: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(`${head}\r\nConnection: close\r\n\r\n`, 'latin1'));
    socket.on('data', (data) => (text += data.toString()));
    socket.on('end', () => resolve(text)).on('error', reject);
  });
}

const PATHS = ['/v1/market-data/symbols', '/health/live', '/graphql', '/docs', '/nothing'];

describe('a query string that is no percent-encoded UTF-8', () => {
  it.each(['%E9', '%ZZ', '%', '%ED%A0%80', 'a%C3'])('is refused: %s', async (text) => {
    for (const path of PATHS) {
      const { body } = await api.get(`${path}?a=1&search=${text}`).expect(400);
      expect(body).toMatchObject({ code: 'invalid_parameter', param: 'search', hint: expect.any(String) });
    }
  });

  it('is refused in a name too', async () => {
    expect((await api.get('/v1/market-data/symbols?%E9=1').expect(400)).body.param).toBe('%E9');
  });

  it('is told from one that is', async () => {
    await api.get('/v1/market-data/symbols?search=%C3%A9').expect(200);
    await api.get('/v1/market-data/symbols?search=%25').expect(200);
  });
});

it.each(PATHS)('two Hosts are refused at %s', async (path) => {
  const answer = await answerTo(`GET ${path} HTTP/1.1\r\nHost: x\r\nhost: x`);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('"code":"invalid_parameter"');
});

it.each(PATHS)('no Host is refused at %s', async (path) => {
  const answer = await answerTo(`GET ${path} HTTP/1.1`);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('"detail":"The request has no Host header."');
});

it('HTTP/1.0 needs no Host', async () => {
  expect(await answerTo('GET /health/live HTTP/1.0')).toMatch(/^HTTP\/1\.1 200 /);
});

it.each(['%E9', '%ZZ', '%', '%ED%A0%80'])('a path that is no percent-encoded UTF-8 is refused: %s', async (text) => {
  const answer = await answerTo(`GET /v1/market-data/symbols/${text} HTTP/1.1\r\nHost: x`);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('"detail":"The path is not percent-encoded UTF-8."');
});

it.each([
  ['', 'The body is empty; it has to be JSON.'],
  ['{', 'The body is no JSON.'],
])('a body that is no JSON is refused: %j', async (body, detail) => {
  for (const path of ['/graphql', '/mcp']) {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'invalid_parameter', detail });
  }
});

it.each(['/v1/market-data/symbols', '/graphql', '/docs'])('QUERY is no method of %s', async (path) => {
  const answer = await answerTo(`QUERY ${path} HTTP/1.1\r\nHost: x`);
  expect(answer).toMatch(/^HTTP\/1\.1 405 /);
  expect(answer).toMatch(/^allow: GET/im);
});

describe('a window outside of the years there are', () => {
  const LISTS = ['market-data/bars/AAPL', 'market-data/daily/AAPL', 'market-data/gaps/AAPL', 'news', 'events'];
  it.each(LISTS)('names what of %s was given', async (list) => {
    for (const [query, param] of [
      ['start=9999-12-31', 'start'],
      ['start=9999-12-31&end=9999-12-31', 'start'],
      ['start=2019-01-02&end=2019-01-01', 'end'],
    ]) {
      const { body } = await api.get(`/v1/${list}?${query}`).expect(400);
      expect([list, query, body.param, body.code]).toEqual([list, query, param, 'invalid_parameter']);
    }
  });
});
