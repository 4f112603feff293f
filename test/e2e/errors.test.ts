import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';

let api: TestApp;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
});
afterAll(() => api.close());

const daily = '/v1/market-data/daily/AAPL';
const bars = '/v1/market-data/bars/AAPL';

describe('bad input is a 400 that names the parameter', () => {
  it.each([
    [`${daily}?strat=2019-01-01`, 'unknown_parameter', 'strat'],
    [`${daily}?start=2019-01-01&start=2019-01-02`, 'invalid_parameter', 'start'],
    [`${daily}?start=`, 'invalid_parameter', 'start'],
    [`${daily}?start=%20`, 'invalid_parameter', 'start'],
    [`${daily}?start=2019-02-30`, 'invalid_parameter', 'start'],
    [`${daily}?start=2019-13-01`, 'invalid_parameter', 'start'],
    [`${daily}?start=0000-01-01`, 'invalid_parameter', 'start'],
    [`${daily}?start=2019-01-01T00:00:00Z`, 'invalid_parameter', 'start'],
    [`${daily}?start=infinity`, 'invalid_parameter', 'start'],
    [`${daily}?start=2019-01-02&end=2019-01-01`, 'invalid_parameter', 'end'],
    [`${daily}?start=1900-01-01&end=2019-01-01`, 'window_too_large', 'start'],
    [`${daily}?limit=0`, 'invalid_parameter', 'limit'],
    [`${daily}?limit=10001`, 'limit_exceeded', 'limit'],
    [`${daily}?limit=0x10`, 'invalid_parameter', 'limit'],
    [`${daily}?limit=1e3`, 'invalid_parameter', 'limit'],
    [`${daily}?limit=-1`, 'invalid_parameter', 'limit'],
    [`${daily}?limit=9999999999999999999`, 'invalid_parameter', 'limit'],
    [`${daily}?limit=%EF%BC%99`, 'invalid_parameter', 'limit'],
    [`${daily}?limit=all`, 'invalid_parameter', 'limit'],
    [`${daily}?sort=up`, 'invalid_parameter', 'sort'],
    [`${daily}?format=xml`, 'invalid_parameter', 'format'],
    [`${daily}?numbers=float`, 'invalid_parameter', 'numbers'],
    [`${daily}?fields=close,clos`, 'invalid_parameter', 'fields'],
    [`${daily}?fields=close,close`, 'invalid_parameter', 'fields'],
    [`${daily}?fields=,`, 'invalid_parameter', 'fields'],
    [`${daily}?page_token=abc`, 'invalid_page_token', 'page_token'],
    [`${daily}?page_token=%00`, 'invalid_parameter', 'page_token'],
    [`${bars}?start=2019-01-01T00:00:00`, 'invalid_parameter', 'start'],
    [`${bars}?start=2019-01-01T25:00:00Z`, 'invalid_parameter', 'start'],
    [`${bars}?start=2019-01-01T00:00:60Z`, 'invalid_parameter', 'start'],
    [`${bars}?start=2019-01-01T00:00:00+01:00`, 'invalid_parameter', 'start'],
    [`${bars}?timeframe=%00`, 'invalid_parameter', 'timeframe'],
    [`${bars}?timeframe=12345678901`, 'invalid_parameter', 'timeframe'],
    ['/v1/market-data/bars', 'invalid_parameter', 'symbols'],
    ['/v1/market-data/latest', 'invalid_parameter', 'symbols'],
    ['/v1/market-data/latest?symbols=A,,B', 'invalid_parameter', 'symbols'],
    [
      `/v1/market-data/latest?symbols=${Array.from({ length: 1001 }, (_, i) => `S${i}`).join()}`,
      'limit_exceeded',
      'symbols',
    ],
    ['/v1/market-data/latest/%00', 'invalid_parameter', 'symbol'],
    [`/v1/market-data/latest/${'A'.repeat(21)}`, 'invalid_parameter', 'symbol'],
    ['/v1/market-data/daily', 'invalid_parameter', 'date'],
    ['/v1/market-data/daily?date=2019-02-29', 'invalid_parameter', 'date'],
    ['/v1/market-data/gaps/AAPL?calendar=nyse', 'invalid_parameter', 'calendar'],
    ['/v1/market-data/symbols?search=%00', 'invalid_parameter', 'search'],
    ['/v1/market-data/symbols?limit=1001', 'limit_exceeded', 'limit'],
  ])('%s', async (path, code, param) => {
    const { body } = await api.get(path).expect(400).expect('content-type', 'application/problem+json; charset=utf-8');
    expect(body).toMatchObject({ status: 400, code, param, instance: path.split('?')[0] });
    expect(body.detail.length).toBeGreaterThan(10);
    expect(body.request_id).toBeTruthy();
  });

  it('guesses what was meant', async () => {
    const { body } = await api.get(`${daily}?limt=5`).expect(400);
    expect(body).toMatchObject({
      param: 'limt',
      hint: 'Did you mean limit?',
      allowed: expect.arrayContaining(['limit']),
    });
  });

  it.each([
    [daily, 'from', 'start'],
    [daily, 'until', 'end'],
    [daily, 'page', 'page_token'],
    [daily, 'order_by', 'sort'],
    [daily, 'per_page', 'limit'],
    ['/v1/market-data/bars/AAPL', 'interval', 'timeframe'],
    ['/v1/market-data/latest', 'tickers', 'symbols'],
    ['/v1/market-data/symbols', 'q', 'search'],
    ['/v1/news', 'search', 'q'],
    ['/v1/news', 'ticker', 'symbol'],
  ])('knows what other APIs call a parameter: %s?%s', async (path, name, ours) => {
    const { body } = await api.get(`${path}?${name}=2019`).expect(400);
    expect(body).toMatchObject({ code: 'unknown_parameter', param: name, hint: `Did you mean ${ours}?` });
  });

  it('gives a malformed URL and an overlong one a problem, too', async () => {
    await api
      .get('/v1/market-data/latest/%zz')
      .expect(400)
      .expect('content-type', /problem\+json/);
    await api.get(`/v1/market-data/latest/${'A'.repeat(2000)}`).expect('content-type', /problem\+json/);
  });
});

describe('page tokens', () => {
  it('are refused when changed, or taken to another query', async () => {
    const { body } = await api.get(`${daily}?start=2019-01-01&limit=2`).expect(200);
    const token = body.next_page_token as string;
    await api.get(`${daily}?start=2019-01-01&limit=5&page_token=${token}`).expect(200);
    const at = Math.floor(token.length / 2);
    const tampered = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
    for (const path of [
      `${daily}?start=2019-01-01&page_token=${tampered}`,
      `${daily}?start=2019-01-02&page_token=${token}`,
      `${daily}?start=2019-01-01&sort=desc&page_token=${token}`,
      `/v1/market-data/daily/MSFT?start=2019-01-01&page_token=${token}`,
      `${bars}?start=2019-01-01&page_token=${token}`,
    ]) {
      const refused = await api.get(path).expect(400);
      expect(refused.body).toMatchObject({ code: 'invalid_page_token', param: 'page_token' });
    }
  });
});

describe('methods and paths', () => {
  it.each(['post', 'put', 'patch', 'delete'] as const)('%s is 405 and says what is allowed', async (method) => {
    const { default: request } = await import('supertest');
    const answer = await request(api.app.getHttpServer())[method]('/v1/market-data/daily/AAPL').expect(405);
    expect(answer.headers.allow).toBe('GET, HEAD, OPTIONS');
    expect(answer.body).toMatchObject({ code: 'method_not_allowed' });
  });

  it('an unknown path is a 404 problem', async () => {
    const { body } = await api
      .get('/v2/nothing')
      .expect(404)
      .expect('content-type', /problem\+json/);
    expect(body).toMatchObject({ code: 'not_found', instance: '/v2/nothing' });
  });

  it('a media type that cannot be sent is 406', async () => {
    const { body } = await api.get(daily, { accept: 'text/xml' }).expect(406);
    expect(body).toMatchObject({
      code: 'not_acceptable',
      allowed: [
        'application/json',
        'text/csv',
        'application/x-ndjson',
        'application/vnd.apache.arrow.stream',
        'application/vnd.apache.parquet',
      ],
    });
  });

  it('echoes a well-formed request id and replaces any other', async () => {
    await api.get(daily, { 'x-request-id': 'abc-1' }).expect('x-request-id', 'abc-1');
    const { headers } = await api.get(daily, { 'x-request-id': 'a b' });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});
