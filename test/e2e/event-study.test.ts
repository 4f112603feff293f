import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';
import { refresh } from '../support/daily.js';
import { camelTree } from '../support/parity.js';
import { idOf } from '../support/fixtures.js';
import { CLOSES, DAYS, EVENTS, expected, SHOCK, studied } from '../support/event-study.js';

let database: TestDatabase;
let api: TestApp;

beforeAll(async () => {
  database = await createDatabase({ hostileZone: true });
  const { urls } = database;
  await asAdmin(urls.admin, async (client) => {
    const rows = [...CLOSES].flatMap(([symbol, own]) => [...own].map(([day, close]) => [symbol, day, close] as const));
    await client.query(
      `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
       select symbol, (day || ' 00:00Z')::timestamptz, close, close, close, close, 1, '1d', 'test'
       from unnest($1::text[], $2::text[], $3::numeric[]) as r (symbol, day, close)`,
      [rows.map(([symbol]) => symbol), rows.map(([, day]) => day), rows.map(([, , close]) => close)],
    );
    for (const { id, at, symbol, type } of EVENTS) {
      await client.query(
        `insert into events.event_data (id, event_type, event_datetime, event_name, symbol, source)
         values ($1, $2, $3, $2, $4, 'test')`,
        [id, type, at, symbol],
      );
    }
    // Part of the history is stored, the rest is computed from the bars.
    if (urls.timescaledb) await client.query(refresh('2024-05-01', '2024-11-15'));
  });
  api = await startApp(urls.reader);
}, 60_000);
afterAll(async () => {
  await api.close();
  await database.drop();
});

interface Answer {
  readonly data: Record<string, unknown>[];
  readonly meta: Record<string, unknown>;
}

async function ask(path: string): Promise<Answer> {
  return (await api.get(path).expect(200)).body as Answer;
}

const reactionOf = (n: number, query = ''): Promise<Answer> => ask(`/v1/events/${idOf(n)}/reaction?${query}`);

describe('the reaction to an event', () => {
  const alone = EVENTS.filter(({ day }) => day !== '' && day !== DAYS.at(-2));

  it.each(alone.filter(({ symbol }) => symbol !== null).map((event) => [event.at, event] as const))(
    'at %s is what its definition says, on sessions',
    async (_, { id, symbol, day }) => {
      const { data, meta } = await ask(`/v1/events/${id}/reaction?benchmark=MKT&before=3&after=4`);
      expect(data).toEqual(expected(symbol!, day, 'MKT', 3, 4));
      expect(meta).toMatchObject({ symbol, benchmark: 'MKT', query: { id, before: 3, after: 4 } });
    },
  );

  it.each(['market', 'market_median', 'MKT', 'BBB'])('against %s', async (benchmark) => {
    const { data, meta } = await reactionOf(1, `benchmark=${benchmark}`);
    expect(data).toEqual(expected('AAA', '2024-09-10', benchmark, 5, 5));
    expect(meta).toMatchObject({ benchmark, timing: 'before_open', estimation_sessions: 120, warnings: [] });
  });

  it('finds the shock that was put in', async () => {
    const { data } = await reactionOf(1, 'benchmark=MKT&before=1&after=2');
    for (const [i, row] of data.entries()) {
      expect(Math.abs((row.abnormal_return as number) - SHOCK[i]!)).toBeLessThan(0.0021);
    }
    // Noise has a deviation of 0.0012, the shock is forty of them.
    expect(data[1]!.t).toBeGreaterThan(15);
  });

  it('says when the hour is not known, and by which hours it is', async () => {
    const timing = async (n: number): Promise<unknown> => (await reactionOf(n)).meta.timing;
    expect(await Promise.all([1, 2, 3, 4, 5, 6].map(timing))).toEqual([
      ...['before_open', 'intraday', 'after_close', 'intraday', 'after_close', 'unknown'],
    ]);
    expect((await reactionOf(6)).meta.warnings).toEqual([expect.stringContaining('hour is not known')]);
  });

  it('has no t where too few sessions came before', async () => {
    const { data, meta } = await ask(`/v1/events/${idOf(8)}/reaction?before=60&benchmark=MKT`);
    expect(meta).toMatchObject({ estimation_sessions: 72 });
    expect(data.at(-1)!.t).not.toBeNull();
    await asAdmin(database.urls.admin, (client) =>
      client.query(
        `insert into events.event_data (id, event_type, event_datetime, event_name, symbol, source)
         values ($1, 'early', '2024-01-17T15:00Z', 'early', 'AAA', 'test')`,
        [idOf(20)],
      ),
    );
    const early = await reactionOf(20, 'benchmark=MKT&before=5');
    expect(early.meta).toMatchObject({ estimation_sessions: 6, deviation: null });
    expect(early.data.map(({ t }) => t)).toEqual(Array(11).fill(null));
    expect(early.data.at(-1)!.cumulated_return).not.toBeNull();
  });

  it('leaves out the sessions that are not there, and says so', async () => {
    const { data, meta } = await reactionOf(10, 'benchmark=MKT');
    expect(data).toEqual(expected('AAA', DAYS.at(-2)!, 'MKT', 5, 5));
    expect(data).toHaveLength(7);
    expect(meta.warnings).toEqual([expect.stringContaining('4 of the sessions are not there')]);
    // Its last bar was in May: the next one after the event is none of its sessions.
    for (const n of [11, 12]) expect((await reactionOf(n, 'benchmark=MKT')).data).toEqual([]);
  });

  it('of an event without a symbol is that of one that is named', async () => {
    const { body } = await api.get(`/v1/events/${idOf(13)}/reaction`).expect(400);
    expect(body).toMatchObject({ code: 'invalid_parameter', param: 'symbol' });
    const { data } = await reactionOf(13, 'symbol=DDD&benchmark=MKT');
    expect(data).toEqual([]);
    expect((await reactionOf(13, 'symbol=BBB&benchmark=MKT')).data).toEqual(expected('BBB', '2024-09-17', 'MKT', 5, 5));
  });

  it('refuses what is not there', async () => {
    const refused = async (path: string, status: number): Promise<unknown> => (await api.get(path).expect(status)).body;
    const path = `/v1/events/${idOf(1)}/reaction`;
    expect(await refused(`/v1/events/${idOf(99)}/reaction`, 404)).toMatchObject({ code: 'event_not_found' });
    expect(await refused(`${path}?benchmark=MKTT`, 404)).toMatchObject({
      code: 'symbol_not_found',
      param: 'benchmark',
      allowed: expect.arrayContaining(['market', 'MKT']),
    });
    expect(await refused(`${path}?symbol=AAAA`, 404)).toMatchObject({ code: 'symbol_not_found', param: 'symbol' });
    expect(await refused(`${path}?before=61`, 400)).toMatchObject({ param: 'before' });
    expect(await refused('/v1/events/study', 400)).toMatchObject({ param: 'event_type' });
    expect(await refused('/v1/events/study?event_type=shocks', 400)).toMatchObject({
      param: 'event_type',
      allowed: expect.arrayContaining(['shock']),
    });
  });
});

describe('a study', () => {
  const WINDOW = 'start=2024-06-01&end=2025-05-31';

  const whole = EVENTS.filter(({ type, day }) => type === 'shock' && day !== '' && day < '2025-05-01');

  it.each(['market', 'market_median', 'MKT'])('against %s is what its definition says', async (benchmark) => {
    const { data, meta } = await ask(
      `/v1/events/study?event_type=shock&before=2&after=3&benchmark=${benchmark}&${WINDOW}`,
    );
    expect(data).toEqual(
      studied(
        whole.map(({ symbol, day }) => [symbol!, day]),
        benchmark,
      ),
    );
    expect(meta).toMatchObject({ found: 12, studied: 9, without_symbol: 0, hour_unknown: 1, unknown: [] });
    expect(meta.warnings).toEqual([expect.stringMatching(/^1 of 12 have no hour/), expect.stringMatching(/^3 of 12/)]);
  });

  it('of events without a symbol looks at those that are named', async () => {
    const path = `/v1/events/study?event_type=macro&before=2&after=3&benchmark=MKT&${WINDOW}`;
    expect((await ask(`${path}&symbols=AAA,BBB,NOPE`)).data).toEqual(
      studied(
        ['AAA', 'BBB'].map((symbol) => [symbol, '2024-09-17']),
        'MKT',
      ),
    );
    const { data, meta } = await ask(path);
    expect(data).toEqual([]);
    expect(meta).toMatchObject({ found: 0, without_symbol: 1, warnings: [expect.stringContaining('name no symbol')] });
    const one = await ask(`/v1/events/study?event_type=shock&symbols=AAA&before=2&after=3&benchmark=MKT&${WINDOW}`);
    expect(one.meta).toMatchObject({ found: 4, studied: 3 });
  });

  it('of too long a window is refused with a hint that names no argument it has not', async () => {
    const { body } = await api.graphql('{ eventStudy(types: ["earnings"], start: "1990-01-01") { found } }');
    expect(body.errors).toMatchObject([{ extensions: { code: 'query_too_complex' } }]);
    expect(body.errors[0].extensions.hint).toMatch(/shorter window/);
    expect(body.errors[0].extensions.hint).not.toMatch(/\bfirst\b/);
  });

  it('is the same over GraphQL, and in every format', async () => {
    const query = `event_type=shock&before=2&after=3&${WINDOW}`;
    const { data, meta } = await ask(`/v1/events/study?${query}`);
    const { body } = await api
      .graphql(
        `{
          eventStudy(types: ["shock"], before: 2, after: 3, start: "2024-06-01", end: "2025-05-31") {
            found studied withoutSymbol hourUnknown warnings unknown window { start end }
            sessions { session events meanReturn meanBenchmark meanAbnormal meanCumulated deviation t hitRate }
          }
          event(id: "${idOf(1)}") {
            reaction(before: 2, benchmark: "MKT") {
              symbol benchmark timing estimationSessions deviation warnings
              sessions { session day close return benchmarkReturn abnormalReturn cumulatedReturn t }
            }
          }
          events(types: ["shock"], start: "2024-06-01", end: "2025-05-31", first: 12) {
            nodes { id reaction(before: 1, after: 1) { symbol sessions { session abnormalReturn } } }
          }
        }`,
      )
      .expect(200);
    const { eventStudy, event, events } = (body as { data: Record<string, Record<string, unknown>> }).data;
    const { query: asked, freshness, ...counts } = meta;
    expect(freshness).toBeDefined();
    const { start, end } = asked as Record<string, string>;
    expect(eventStudy).toEqual({ ...(camelTree(counts) as object), sessions: camelTree(data), window: { start, end } });
    const reaction = await reactionOf(1, 'before=2&benchmark=MKT&numbers=string');
    expect((event!.reaction as Record<string, unknown>).sessions).toEqual(
      (camelTree(reaction.data) as { close: string }[]).map((row) => ({ ...row, close: Number(row.close) })),
    );
    expect((event!.reaction as Record<string, unknown>).timing).toBe('BEFORE_OPEN');
    for (const { id, reaction: own } of events!.nodes as { id: string; reaction: { sessions: object[] } }[]) {
      const rest = (await ask(`/v1/events/${id}/reaction?before=1&after=1&fields=session,abnormal_return`)).data;
      expect(own.sessions).toEqual(camelTree(rest));
    }
    const csv = (await api.get(`/v1/events/study?${query}&format=csv`).expect(200)).text.trim().split('\n');
    expect(csv[0]).toBe(Object.keys(data[0]!).join());
    expect(csv).toHaveLength(7);
    const columns = await api.get(`/v1/events/study?${query}&format=columns`).expect(200);
    expect((columns.body as { data: Record<string, unknown[]> }).data.mean_cumulated).toEqual(
      data.map((row) => row.mean_cumulated),
    );
    const { headers } = await api.get(`/v1/events/study?${query}`).expect(200);
    await api.get(`/v1/events/study?${query}`, { 'if-none-match': headers.etag as string }).expect(304);
  });
});
