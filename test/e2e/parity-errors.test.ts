import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';
import { graphqlTree, restTree } from '../support/parity.js';

let api: TestApp;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
});
afterAll(() => api.close());

const M = '/v1/market-data';
const E = '/v1/economic-data/series';
const daily = (args: string): string => `{ symbol(symbol: "AAPL") { daily(${args}) { nodes { day } } } }`;
const bars = (args: string): string => `{ symbol(symbol: "AAPL") { bars(${args}) { nodes { timestamp } } } }`;
const compare = (args: string): string => `{ compare(${args}) { unknown } }`;
const statistics = (args: string): string => `{ symbol(symbol: "AAPL") { statistics(${args}) { days } } }`;
const gaps = (args: string): string => `{ symbol(symbol: "AAPL") { gaps(${args}) { coverage } } }`;
const observations = (args: string): string => `{ series(id: "PAYEMS") { observations(${args}) { nodes { date } } } }`;
const news = (args: string): string => `{ news(${args}) { nodes { id } } }`;
const events = (args: string): string => `{ events(${args}) { nodes { id } } }`;

/** The same code in both; where GraphQL refuses a literal as it reads the document, the value is a variable. */
async function expectSameCode(
  path: string,
  query: string,
  code: string,
  variables?: Record<string, unknown>,
): Promise<void> {
  const rest = await api.get(path.replaceAll(' ', '%20')).expect(400);
  const graphql = await api.graphql(query, variables);
  expect(rest.body).toMatchObject({ code });
  expect(graphql.body).toMatchObject({ errors: [{ extensions: { code } }] });
  expect(graphql.status).toBeLessThan(500);
}

describe('a page or a list of names that is too long is limit_exceeded in both', () => {
  const symbols = Array.from({ length: 1001 }, (_, i) => `S${i}`);
  it.each([
    [`${M}/latest?symbols=${symbols.join()}`, `{ latest(symbols: ${JSON.stringify(symbols)}) { symbol } }`],
    [
      `${M}/compare?symbols=${symbols.slice(0, 21).join()}`,
      compare(`symbols: ${JSON.stringify(symbols.slice(0, 21))}`),
    ],
    [`${M}/symbols?limit=1001`, '{ symbols(first: 1001) { nodes { symbol } } }'],
    [`${M}/bars/AAPL?limit=10001`, bars('first: 10001')],
    [`${M}/daily/AAPL?limit=10001`, daily('first: 10001')],
    [`${M}/daily?date=2019-07-03&limit=10001`, '{ marketDay(date: "2019-07-03", first: 10001) { nodes { day } } }'],
    [`${E}?limit=1001`, '{ allSeries(first: 1001) { nodes { seriesId } } }'],
    [`${E}/PAYEMS/observations?limit=10001`, observations('first: 10001')],
    ['/v1/news?limit=501', news('first: 501')],
    ['/v1/events?limit=1001', events('first: 1001')],
  ])('%s', (path, query) => expectSameCode(path, query, 'limit_exceeded'));
});

describe('a window that is too large is window_too_large in both', () => {
  it.each([
    [`${M}/bars/AAPL?start=1900-01-01&end=2020-01-01`, bars('start: "1900-01-01", end: "2020-01-01"')],
    [`${M}/daily/AAPL?start=1900-01-01&end=2020-01-01`, daily('start: "1900-01-01", end: "2020-01-01"')],
    [`${M}/gaps/AAPL?start=1900-01-01&end=2020-01-01`, gaps('start: "1900-01-01", end: "2020-01-01"')],
    [`${M}/statistics/AAPL?start=1900-01-01&end=2020-01-01`, statistics('start: "1900-01-01", end: "2020-01-01"')],
    ['/v1/news?start=2000-01-01&end=2020-01-01', news('start: "2000-01-01", end: "2020-01-01"')],
    ['/v1/events?start=2000-01-01&end=2020-01-01', events('start: "2000-01-01", end: "2020-01-01"')],
  ])('%s', (path, query) => expectSameCode(path, query, 'window_too_large'));
});

describe('what cannot be is invalid_parameter in both', () => {
  const uuid = '00000000-0000-4000-8000-00000000000';

  it.each([
    // Dates and instants.
    [`${M}/daily/AAPL?start=2019-02-30`, daily('start: "2019-02-30"')],
    [`${M}/daily/AAPL?end=2019-01-01T00:00:00Z`, daily('end: "2019-01-01T00:00:00Z"')],
    [`${M}/bars/AAPL?start=2019-01-01T00:00:00`, bars('start: "2019-01-01T00:00:00"')],
    [`${M}/bars/AAPL?start=yesterday`, bars('start: "yesterday"')],
    [`${M}/daily?date=2019-13-01`, '{ marketDay(date: "2019-13-01") { nodes { day } } }'],
    // Windows that end before they begin.
    [`${M}/daily/AAPL?start=2019-01-02&end=2019-01-01`, daily('start: "2019-01-02", end: "2019-01-01"')],
    [`${M}/bars/AAPL?start=2019-01-02&end=2019-01-01`, bars('start: "2019-01-02", end: "2019-01-01"')],
    [`${M}/gaps/AAPL?start=2019-01-02&end=2019-01-01`, gaps('start: "2019-01-02", end: "2019-01-01"')],
    [
      `${E}/PAYEMS/observations?start=2015-02-01&end=2015-01-01`,
      observations('start: "2015-02-01", end: "2015-01-01"'),
    ],
    ['/v1/news?start=2024-01-02&end=2024-01-01', news('start: "2024-01-02", end: "2024-01-01"')],
    ['/v1/events?start=2024-01-02&end=2024-01-01', events('start: "2024-01-02", end: "2024-01-01"')],
    // Numbers outside their range.
    [`${M}/daily/AAPL?limit=0`, daily('first: 0')],
    [`${M}/compare?symbols=AAPL&base=0`, compare('symbols: ["AAPL"], base: 0')],
    [`${M}/statistics/AAPL?drawdowns=0`, statistics('drawdowns: 0')],
    ['/v1/news?limit=-1', news('first: -1')],
    ['/v1/events?min_impact=5', events('minImpact: 5')],
    ['/v1/events?min_impact=0', events('minImpact: 0')],
    // Names that no column can hold, too many of them, or none.
    [`${M}/latest/${'A'.repeat(21)}`, `{ symbol(symbol: "${'A'.repeat(21)}") { symbol } }`],
    [`${M}/latest?symbols=`, '{ latest(symbols: []) { symbol } }'],
    [`${M}/symbols?search=`, '{ symbols(search: "") { nodes { symbol } } }'],
    [`${M}/symbols?search=%00`, '{ symbols(search: "\\u0000") { nodes { symbol } } }'],
    [`${M}/bars/AAPL?timeframe=12345678901`, bars('timeframe: "12345678901"')],
    [`${M}/bars/AAPL?timeframe=`, bars('timeframe: ""')],
    [`${E}/${'A'.repeat(51)}`, `{ series(id: "${'A'.repeat(51)}") { seriesId } }`],
    [`/v1/events?country=${'U'.repeat(11)}`, events(`countries: ["${'U'.repeat(11)}"]`)],
    ['/v1/events?event_type=', events('types: []')],
    ['/v1/events?event_type=a,,b', events('types: ["a", "", "b"]')],
    ['/v1/news?sources=', news('sources: []')],
    ['/v1/news?author=', news('author: ""')],
    [`/v1/news?author=${'a'.repeat(201)}`, news(`author: "${'a'.repeat(201)}"`)],
    // What does not go together.
    [`${E}/PAYEMS/observations?frequency=d`, observations('frequency: D')],
    ['/v1/news?sort_by=relevance', news('sortBy: RELEVANCE')],
    ['/v1/news?q=%21%21', news('query: "!!"')],
    // Ids.
    ['/v1/news/1', '{ article(id: "1") { id } }'],
    [`/v1/events/${uuid}`, `{ event(id: "${uuid}") { id } }`],
  ])('%s', (path, query) => expectSameCode(path, query, 'invalid_parameter'));
});

describe('what is required and missing is a 400 in both', () => {
  it.each([
    [`${M}/daily`, 'date', '{ marketDay { nodes { day } } }'],
    [`${M}/latest`, 'symbols', '{ latest { symbol } }'],
  ])('%s without %s', async (path, param, query) => {
    expect((await api.get(path).expect(400)).body).toMatchObject({ code: 'invalid_parameter', param });
    // Here it is the document that is wrong.
    const { body } = await api.graphql(query).expect(400);
    expect(body).toMatchObject({
      errors: [{ message: expect.stringContaining(param), extensions: { code: 'invalid_query' } }],
    });
  });
});

describe('an unknown choice is invalid_parameter in both', () => {
  const ofSymbol = (type: string, field: string): string =>
    `query ($value: ${type}) { symbol(symbol: "AAPL") { ${field} } }`;
  const ofSeries = (type: string, name: string): string =>
    `query ($value: ${type}) { series(id: "PAYEMS") { observations(${name}: $value) { nodes { date } } } }`;

  it.each([
    [`${M}/gaps/AAPL?calendar=nyse`, ofSymbol('Calendar', 'gaps(calendar: $value) { coverage }'), 'NYSE'],
    [`${M}/daily/AAPL?sort=up`, ofSymbol('SortDirection', 'daily(sort: $value) { nodes { day } }'), 'UP'],
    [`${E}/PAYEMS/observations?units=pct`, ofSeries('Units', 'units'), 'PCT'],
    [`${E}/PAYEMS/observations?frequency=y`, ofSeries('Frequency', 'frequency'), 'Y'],
    [`${E}/PAYEMS/observations?aggregation_method=mean`, ofSeries('AggregationMethod', 'aggregationMethod'), 'MEAN'],
    ['/v1/news?sort_by=newest', 'query ($value: NewsSort) { news(sortBy: $value) { nodes { id } } }', 'NEWEST'],
    ['/v1/news?search_in=body', 'query ($value: [NewsPart!]) { news(searchIn: $value) { nodes { id } } }', ['BODY']],
  ])('%s', (path, query, value) => expectSameCode(path, query, 'invalid_parameter', { value }));
});

describe('a page token that was changed is invalid_page_token in both', () => {
  it.each([
    [`${M}/symbols`, '{ symbols(after: "?") { nodes { symbol } } }'],
    [`${M}/bars/AAPL`, bars('after: "?"')],
    [`${M}/daily/AAPL`, daily('after: "?"')],
    [`${M}/daily?date=2019-07-03`, '{ marketDay(date: "2019-07-03", after: "?") { nodes { day } } }'],
    [E, '{ allSeries(after: "?") { nodes { seriesId } } }'],
    [`${E}/PAYEMS/observations`, observations('after: "?"')],
    ['/v1/news', news('after: "?"')],
    ['/v1/news?q=shares&sort_by=relevance', news('query: "shares", sortBy: RELEVANCE, after: "?"')],
    ['/v1/events', events('after: "?"')],
  ])('%s', async (path, query) => {
    const join = path.includes('?') ? '&' : '?';
    const { nextPageToken } = (await restTree(api, `${path}${join}limit=2`)) as { nextPageToken: string };
    expect(nextPageToken).toBeTruthy();
    await graphqlTree(api, query.replace('?', nextPageToken));
    for (const place of [2, nextPageToken.length >> 1, nextPageToken.length - 2]) {
      const other = nextPageToken[place] === 'A' ? 'B' : 'A';
      const changed = `${nextPageToken.slice(0, place)}${other}${nextPageToken.slice(place + 1)}`;
      await expectSameCode(`${path}${join}page_token=${changed}`, query.replace('?', changed), 'invalid_page_token');
    }
  });

  it('and so is one of another query', async () => {
    const { nextPageToken } = (await restTree(api, '/v1/events?min_impact=2&limit=2')) as { nextPageToken: string };
    expect(nextPageToken).toBeTruthy();
    await expectSameCode(
      `/v1/events?min_impact=3&page_token=${nextPageToken}`,
      events(`minImpact: 3, after: "${nextPageToken}"`),
      'invalid_page_token',
    );
  });
});
