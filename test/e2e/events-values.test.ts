import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { insertEvents } from '../support/events.js';
import { idOf } from '../support/fixtures.js';
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

describe('the values of event types, countries and currencies', () => {
  const release = { first_event: '2019-12-31T23:59:59.999999Z', last_event: '2020-02-14T13:30:00Z' };

  it('are listed with their events inside the window, those that name none last', async () => {
    const wide = 'start=2019-01-01&end=2020-12-31';
    const { body } = await api.get(`/v1/events/types?${wide}`).expect(200);
    expect(body.data).toContainEqual({ value: 'economic_release', events: 11, ...release });
    expect((body.data as { value: string }[]).map(({ value }) => value)).toEqual([
      'central_bank',
      'earnings',
      'economic_release',
      'holiday',
    ]);
    expect(body.meta).toMatchObject({
      query: { start: '2019-01-01T00:00:00Z', end: '2021-01-01T00:00:00Z', limit: 100 },
      last_event: '2020-03-31T12:00:00.000001Z',
    });
    const holiday = {
      events: 1,
      first_event: '2020-03-31T12:00:00.000001Z',
      last_event: '2020-03-31T12:00:00.000001Z',
    };
    const countries = (await api.get(`/v1/events/countries?${wide}`).expect(200)).body.data as object[];
    expect(countries.map((row) => (row as { value: string | null }).value)).toEqual(['EU', 'US', null]);
    expect(countries[2]).toEqual({ value: null, ...holiday });
    const csv = await api.get(`/v1/events/currencies?${wide}&format=csv&fields=value,events`).expect(200);
    expect(csv.text).toBe('value,events\nEUR,1\nUSD,16\n,1\n');
  });

  it('are those inside the window only, and come in pages', async () => {
    const { body } = await api.get('/v1/events/types?start=2020-03-01').expect(200);
    expect((body.data as { value: string }[]).map(({ value }) => value)).toEqual(['central_bank', 'holiday']);
    const rows = await pagedRows<{ value: string | null }>(api, '/v1/events/countries', 1);
    expect(rows.map(({ value }) => value)).toEqual(['EU', 'US', null]);
  });

  it.each([
    ['types', 'eventTypes'],
    ['countries', 'eventCountries'],
    ['currencies', 'eventCurrencies'],
  ])('are the same over GraphQL: %s', async (route, field) => {
    const { body } = await api.get(`/v1/events/${route}?limit=2`).expect(200);
    const query = `{ values: ${field}(first: 2) { nodes { value events first_event: firstEvent last_event: lastEvent } pageInfo { endCursor } } }`;
    expect((await api.graphql(query).expect(200)).body.data.values).toEqual({
      nodes: body.data,
      pageInfo: { endCursor: body.next_page_token },
    });
  });
});

describe('one event', () => {
  it.each([idOf(16), idOf(16).toUpperCase()])('comes with every column: %s', async (id) => {
    const { body } = await api.get(`/v1/events/${id}`).expect(200);
    expect(body).toEqual({
      data: {
        id: idOf(16),
        event_type: 'central_bank',
        event_datetime: '2020-03-12T12:15:00Z',
        event_name: 'ECB, "the decision"',
        description: 'One line,\nanother\u0001line.',
        impact_level: 4,
        symbol: null,
        currency: 'EUR',
        country: 'EU',
        actual: null,
        forecast: 123456789012.12345678,
        previous: -0.1,
        source: 'sample',
      },
      meta: { query: { id: idOf(16) } },
    });
  });

  it('has exact digits', async () => {
    const { text } = await api.get(`/v1/events/${idOf(1)}`).expect(200);
    expect(text).toContain('"actual":0.3,"forecast":123456789012.12345678,"previous":-0.1,');
  });

  it('is a 404 where there is none of that id', async () => {
    const { body } = await api.get(`/v1/events/${idOf(1000)}`).expect(404);
    expect(body).toMatchObject({ code: 'event_not_found', param: 'id' });
  });

  it.each(['1', `${idOf(1)}0`, `{${idOf(1)}}`, '%00'])('is a 400 where %s is no id', async (id) => {
    const { body } = await api.get(`/v1/events/${id}`).expect(400);
    expect(body).toMatchObject({ code: 'invalid_parameter', param: 'id' });
  });
});
