import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, symbolsRead, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';
import { at, FIELDS, graphqlTree, restTree, sizeOf } from '../support/parity.js';
import { ECONOMIC_DATA, EVENTS, NEWS, SERVICE } from '../support/parity-cases.js';
import { MARKET_DATA } from '../support/parity-market-data.js';

let api: TestApp;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
  await symbolsRead(api);
});
afterAll(() => api.close());

const V1 = '/v1/market-data';

describe.each([
  ['market data', MARKET_DATA],
  ['economic data', ECONOMIC_DATA],
  ['news', NEWS],
  ['events', EVENTS],
  ['the service', SERVICE],
])('of %s REST and GraphQL give the same', (_, cases) => {
  it.each(cases)('$rest', async ({ rest, graphql, restData = (body) => at(body, 'data'), graphqlData }) => {
    const fromRest = restData(await restTree(api, rest));
    const fromGraphql = graphqlData(await graphqlTree(api, graphql));
    expect(sizeOf(fromRest)).toBeGreaterThan(0);
    expect(sizeOf(Array.isArray(fromRest) ? fromRest[0] : fromRest)).toBeGreaterThan(0);
    expect(fromGraphql).toEqual(fromRest);
  });
});

describe('one row by its id is the same', () => {
  it.each([
    ['news', 'article', `${FIELDS.article} content`],
    ['events', 'event', FIELDS.event],
  ])('of %s', async (route, field, fields) => {
    const [row] = at(await restTree(api, `/v1/${route}?limit=1`), 'data') as [{ id: string }];
    const fromRest = at(await restTree(api, `/v1/${route}/${row.id}`), 'data');
    const fromGraphql = await graphqlTree(api, `query ($id: ID!) { ${field}(id: $id) { ${fields} } }`, { id: row.id });
    expect(fromRest).toMatchObject(row);
    expect(at(fromGraphql, field)).toEqual(fromRest);
  });
});

const NONE = '00000000-0000-4000-8000-000000000000';

describe('what does not exist is a 404 in REST and null in GraphQL', () => {
  it.each([
    [`${V1}/latest/NOPE`, 'symbol_not_found', '{ found: symbol(symbol: "NOPE") { symbol } }'],
    [`${V1}/daily/NOPE`, 'symbol_not_found', '{ found: symbol(symbol: "NOPE") { daily { nodes { day } } } }'],
    ['/v1/economic-data/series/NOPE', 'series_not_found', '{ found: series(id: "NOPE") { seriesId } }'],
    [`/v1/news/${NONE}`, 'article_not_found', `{ found: article(id: "${NONE}") { id } }`],
    [`/v1/events/${NONE}`, 'event_not_found', `{ found: event(id: "${NONE}") { id } }`],
  ])('%s', async (path, code, query) => {
    expect((await api.get(path).expect(404)).body).toMatchObject({ code });
    expect(await graphqlTree(api, query)).toEqual({ found: null });
  });
});
