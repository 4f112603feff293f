import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, sharedDatabase, type TestDatabase } from '../support/database.js';
import { insertEvents } from '../support/events.js';
import { idOf, range } from '../support/fixtures.js';
import { pagedRows } from '../support/pages.js';

let database: TestDatabase;
let api: TestApp;
beforeAll(async () => {
  database = await createDatabase({ hostileZone: true });
  await insertEvents(database);
  api = await startApp(database.urls.reader);
}, 60_000);
afterAll(async () => {
  await api.close();
  await database.drop();
});

/** The numbers of the events of a list. */
async function numbers(query: string): Promise<number[]> {
  const { body } = await api.get(`/v1/events?limit=1000&${query.replaceAll('"', '%22')}`).expect(200);
  return (body.data as { id: string }[]).map(({ id }) => Number(id.slice(-12)));
}

describe('the list of events', () => {
  it('is of 90 days either side of the newest event of a calendar that stopped', async () => {
    const { body } = await api.get('/v1/events').expect(200);
    expect(body.meta).toEqual({
      query: {
        start: '2020-01-01T00:00:00Z',
        end: '2020-06-30T00:00:00Z',
        event_type: null,
        country: null,
        currency: null,
        symbol: null,
        updated_after: null,
        min_impact: null,
        sort: 'asc',
        limit: 100,
      },
      first_event: '2019-12-31T23:59:59.999999Z',
      last_event: '2020-03-31T12:00:00.000001Z',
      first_day: '2019-12-31',
      last_day: '2020-03-31',
      note: 'Without start the window begins at 2020-01-01T00:00:00Z; the data begin at 2019-12-31T23:59:59.999999Z.',
    });
    expect(await numbers('')).toEqual(range(1, 17));
  });

  it('is of 90 days either side of today while events lie ahead, which have no actual value', async () => {
    const live = await startApp(sharedDatabase().reader);
    try {
      const { body } = await live.get('/v1/events?limit=1000').expect(200);
      const { start, end } = body.meta.query as { start: string; end: string };
      expect(Date.parse(end) - Date.parse(start)).toBe(181 * 86_400_000);
      const stored = await asAdmin(sharedDatabase().admin, (client) =>
        client.query<{ id: string; actual: boolean }>(
          `select id, actual is not null as actual from events.event_data
           where event_datetime >= $1 and event_datetime < $2 order by event_datetime, id`,
          [start, end],
        ),
      );
      const rows = body.data as { id: string; actual: number | null; event_datetime: string }[];
      expect(rows.map(({ id, actual }) => ({ id, actual: actual !== null }))).toEqual(stored.rows);
      const middle = new Date((Date.parse(start) + Date.parse(end)) / 2).toISOString().slice(0, 10);
      const past = rows.filter((row) => row.event_datetime < middle);
      const ahead = rows.filter((row) => row.event_datetime.slice(0, 10) > middle);
      expect(past.length).toBeGreaterThan(30);
      expect(ahead.length).toBeGreaterThan(30);
      expect(past.some((row) => row.actual !== null)).toBe(true);
      expect(ahead.every((row) => row.actual === null)).toBe(true);
    } finally {
      await live.close();
    }
  });

  it('has every column, with exact digits', async () => {
    const { text } = await api.get('/v1/events?limit=1').expect(200);
    expect(text).toContain(
      `"data":[{"id":"${idOf(1)}","event_type":"economic_release","event_datetime":"2020-02-14T13:30:00Z",` +
        '"event_name":"US Retail Sales m/m","description":null,"impact_level":2,"symbol":null,"currency":"USD",' +
        '"country":"US","actual":0.3,"forecast":123456789012.12345678,"previous":-0.1,"source":"sample"}]',
    );
  });

  it('has a NaN as null', async () => {
    const { body } = await api.get('/v1/events?start=2020-03-31&fields=event_datetime,actual,impact_level').expect(200);
    expect(body.data).toEqual([{ event_datetime: '2020-03-31T12:00:00.000001Z', actual: null, impact_level: null }]);
  });

  it('takes a day as an end whole and an instant without it', async () => {
    expect(await numbers('start=2019-12-31&end=2020-02-14')).toEqual([18, ...range(1, 15)]);
    expect(await numbers('start=2019-12-31&end=2020-02-14T13:30:00.000001Z')).toEqual([18, ...range(1, 10)]);
    expect(await numbers('start=2020-02-14T13:30:00.000001Z&end=2020-03-01')).toEqual(range(11, 15));
  });

  it('is empty, not an error, after the newest event', async () => {
    const { body } = await api.get('/v1/events?start=2025-01-01').expect(200);
    expect(body).toMatchObject({ data: [], meta: { last_day: '2020-03-31' }, next_page_token: null });
  });

  it.each([1, 7])('gives every event once by pages of %i, equal times or not', async (limit) => {
    const rows = await pagedRows<{ id: string }>(api, '/v1/events?start=2019-01-01&end=2020-12-31', limit);
    expect(rows.map(({ id }) => id)).toEqual([18, ...range(1, 17)].map(idOf));
  });

  it.each([1, 7])('keeps its filters by pages of %i', async (limit) => {
    const rows = await pagedRows<{ id: string }>(api, '/v1/events?min_impact=3&currency=USD', limit);
    expect(rows.map(({ id }) => id)).toEqual([2, 3, 6, 7, 10, ...range(11, 15)].map(idOf));
  });

  it('holds the same values in every format', async () => {
    const path = '/v1/events?start=2020-03-01&fields=event_name,description,forecast,actual';
    const csv = await api.get(`${path}&format=csv`).expect(200);
    expect(csv.text).toBe(
      'event_name,description,forecast,actual\n' +
        '"ECB, ""the decision""","One line,\nanother\u0001line.",123456789012.12345678,\nClosed,,,\n',
    );
    expect(csv.headers['content-disposition']).toBe('attachment; filename="events.csv"');
    expect(csv.headers['x-data-through']).toBe('2020-03-31');
    const ndjson = await api.get(`${path}&format=ndjson&numbers=string`).expect(200);
    expect(ndjson.text.split('\n')[0]).toBe(
      '{"event_name":"ECB, \\"the decision\\"","description":"One line,\\nanother\\u0001line.","forecast":"123456789012.12345678","actual":null}',
    );
    const { data } = (await api.get(`${path}&format=columns&numbers=string`).expect(200)).body;
    expect(data).toEqual({
      event_name: ['ECB, "the decision"', 'Closed'],
      description: ['One line,\nanother\u0001line.', null],
      forecast: ['123456789012.12345678', null],
      actual: [null, null],
    });
  });

  it.each(['csv', 'ndjson'])('is the same with limit=all as %s', async (format) => {
    const path = `/v1/events?format=${format}`;
    const page = await api.get(path).expect(200);
    expect(page.text.length).toBeGreaterThan(1000);
    expect((await api.get(`${path}&limit=all`).expect(200)).text).toBe(page.text);
  });
});

describe('filters', () => {
  it.each([
    ['event_type=earnings', range(11, 15)],
    ['event_type=holiday,central_bank', [16, 17]],
    ['event_type=Earnings', range(11, 15)],
    ['event_type=holiday&event_type=CENTRAL_BANK', [16, 17]],
    ['event_type="holiday","central_bank"', [16, 17]],
    ['country=eu', [16]],
    ['currency=eur&country=Us,eu', [16]],
    ['symbol=brk.b', [12, 14]],
    ['country=EU', [16]],
    ['country=US,EU', range(1, 16)],
    ['currency=EUR', [16]],
    ['symbol=AAPL', [11, 13, 15]],
    ['symbol=BRK.B', [12, 14]],
    ['min_impact=4', [3, 7, 16]],
    ['min_impact=1', range(1, 16)],
    ['min_impact=3&event_type=economic_release', [2, 3, 6, 7, 10]],
    ['country=EU&currency=USD', []],
    ['symbol=AAPL&start=2020-03-01', []],
  ])('%s', async (query, expected) => {
    expect(await numbers(query)).toEqual(expected);
  });

  it('that name what is not in the data are refused with what is', async () => {
    const { body } = await api.get('/v1/events?event_type=earning').expect(400);
    expect(body).toMatchObject({
      detail: 'event_type "earning" is not in the data.',
      hint: 'Did you mean earnings?',
      allowed: ['central_bank', 'earnings', 'economic_release', 'holiday'],
    });
    expect((await api.graphql('{ events(countries: ["us", "FR"]) { nodes { id } } }')).body.errors).toMatchObject([
      { extensions: { code: 'invalid_parameter', param: 'countries', allowed: ['EU', 'US'] } },
    ]);
  });

  it('are echoed as they were understood', async () => {
    const path = '/v1/events?event_type=EARNINGS,holiday&country=us&currency=USD&symbol=AAPL&min_impact=2&limit=5';
    expect((await api.get(path).expect(200)).body.meta.query).toMatchObject({
      event_type: ['earnings', 'holiday'],
      country: ['US'],
      currency: ['USD'],
      symbol: 'AAPL',
      min_impact: 2,
      limit: 5,
    });
  });
});

describe('the list of events, latest first', () => {
  it.each([1, 7])('gives every event once by pages of %i, equal times or not', async (limit) => {
    const rows = await pagedRows<{ id: string }>(api, '/v1/events?start=2019-01-01&end=2020-12-31&sort=desc', limit);
    expect(rows.map(({ id }) => id)).toEqual([18, ...range(1, 17)].map(idOf).reverse());
  });

  it('does not go on where a page of the other order ended', async () => {
    const { body } = await api.get('/v1/events?limit=2').expect(200);
    const token = body.next_page_token as string;
    expect((await api.get(`/v1/events?sort=desc&page_token=${token}`).expect(400)).body.code).toBe(
      'invalid_page_token',
    );
  });

  it('is the same over GraphQL, of a symbol too', async () => {
    const query = `{ events(sort: DESC, first: 3) { nodes { id } pageInfo { endCursor } }
      symbolEvents: events(symbol: "AAPL", sort: DESC) { nodes { id } } }`;
    const { data } = (await api.graphql(query).expect(200)).body as { data: Record<string, never> };
    const { body } = await api.get('/v1/events?sort=desc&limit=3&fields=id').expect(200);
    expect(data.events).toEqual({ nodes: body.data, pageInfo: { endCursor: body.next_page_token } });
    expect(data.symbolEvents).toEqual({ nodes: [15, 13, 11].map((number) => ({ id: idOf(number) })) });
  });
});

describe('bad input is a 400 that names the parameter', () => {
  it.each([
    ['min_impact=5', 'invalid_parameter', 'min_impact'],
    ['min_impact=0', 'invalid_parameter', 'min_impact'],
    ['min_impact=2.5', 'invalid_parameter', 'min_impact'],
    ['min_impact=high', 'invalid_parameter', 'min_impact'],
    [`country=${'U'.repeat(11)}`, 'invalid_parameter', 'country'],
    [`country=${range(1, 51).join()}`, 'limit_exceeded', 'country'],
    ['country=US,', 'invalid_parameter', 'country'],
    [`currency=${'U'.repeat(11)}`, 'invalid_parameter', 'currency'],
    [`event_type=${'e'.repeat(51)}`, 'invalid_parameter', 'event_type'],
    ['event_type=earning', 'invalid_parameter', 'event_type'],
    ['event_type=earnings,%20holiday', 'invalid_parameter', 'event_type'],
    ['event_type="earnings', 'invalid_parameter', 'event_type'],
    ['country=FR', 'invalid_parameter', 'country'],
    ['country=US,FR', 'invalid_parameter', 'country'],
    ['currency=GBP', 'invalid_parameter', 'currency'],
    ['symbol=NOPE', 'invalid_parameter', 'symbol'],
    ['symbol=AAPL&symbol=BRK.B', 'invalid_parameter', 'symbol'],
    ['min_impact=1&min_impact=2', 'invalid_parameter', 'min_impact'],
    [`symbol=${'A'.repeat(21)}`, 'invalid_parameter', 'symbol'],
    ['symbol=%00', 'invalid_parameter', 'symbol'],
    ['symbol=', 'invalid_parameter', 'symbol'],
    ['impact=4', 'unknown_parameter', 'impact'],
    ['types=earnings', 'unknown_parameter', 'types'],
    ['limit=1001', 'limit_exceeded', 'limit'],
    ['limit=all', 'invalid_parameter', 'limit'],
    ['start=2020-02-30', 'invalid_parameter', 'start'],
    ['end=2020-02-01T00:00:00', 'invalid_parameter', 'end'],
    ['start=2020-02-02&end=2020-02-01', 'invalid_parameter', 'end'],
    ['start=2000-01-01&end=2020-01-01', 'window_too_large', 'start'],
    ['fields=name', 'invalid_parameter', 'fields'],
    ['page_token=abc', 'invalid_page_token', 'page_token'],
  ])('%s', async (query, code, param) => {
    expect((await api.get(`/v1/events?${query.replaceAll('"', '%22')}`).expect(400)).body).toMatchObject({
      code,
      param,
    });
  });

  it.each(['min_impact=2', 'min_impact=1&country=US', 'min_impact=1&start=2020-01-01'])(
    'a page token of another list, at %s',
    async (query) => {
      const { body } = await api.get('/v1/events?min_impact=1&limit=2').expect(200);
      expect(body.next_page_token).toBeTruthy();
      const refused = await api.get(`/v1/events?${query}&page_token=${body.next_page_token}`).expect(400);
      expect(refused.body).toMatchObject({ code: 'invalid_page_token', param: 'page_token' });
    },
  );
});
