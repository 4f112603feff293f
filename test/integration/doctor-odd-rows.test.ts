import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { readFacts } from '../../src/operations/doctor/facts.js';
import { indexStatements } from '../../src/data/news/document.js';
import { judge } from '../../src/operations/doctor/judge.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase({ plain: true, sample: true });
}, 60_000);
afterAll(() => database.drop());

it('the doctor tells of rows that no answer has, and reads the others', async () => {
  const before = await examine();
  await asAdmin(database.urls.admin, async (client) => {
    await client.query(`
      insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
        select symbol, '12000-01-01T00:00:00Z', open, high, low, close, volume, timeframe, source
        from market_data.ohlcv limit 1;
      insert into economic_data.economic_data (symbol, date, value)
        values ('ODD', 'infinity', 1), ('ODD', '-infinity', 1), ('ODD', '9999-12-31T12:00:00Z', 1);
      update news.news_articles set published_at = 'infinity' where id = (select id from news.news_articles limit 1);
      update events.event_data set event_datetime = 'infinity' where id = (select id from events.event_data limit 1)`);
  });
  const after = await examine();
  expect(after.days.map(([name, , last]) => [name, last])).toEqual(before.days.map(([name, , last]) => [name, last]));
  expect(after.codes.filter((code) => !before.codes.includes(code))).toEqual(['odd_rows']);
});

it('the doctor sees whether searches of news have their indexes', async () => {
  expect((await examine()).newsIndexed).toBe(false);
  await asAdmin(database.urls.admin, async (client) => {
    for (const statement of indexStatements()) await client.query(statement);
  });
  expect((await examine()).newsIndexed).toBe(true);
});

it('the doctor names the few bars that lie years before all others, in chunks too', async () => {
  const own = await createDatabase({ sample: true });
  const insert = `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
    select 'AAPL', t, 1, 1, 1, 1, 1, '1d', 'test' from unnest($1::timestamptz[]) as t`;
  try {
    expect((await examine(own)).codes).not.toContain('stray_bars');
    await asAdmin(own.urls.admin, (client) => client.query(insert, [['0042-03-01Z', '1970-01-01Z', '1970-01-02Z']]));
    expect((await examine(own)).stray).toBe('0042-03-01');
    await asAdmin(own.urls.admin, (client) =>
      client.query(`delete from market_data.ohlcv where timestamp < '0100-01-01Z'`),
    );
    const { codes, stray } = await examine(own);
    expect({ stray, named: codes.includes('stray_bars') }).toEqual({ stray: '1970-01-02', named: true });
  } finally {
    await own.drop();
  }
}, 60_000);

interface Examined {
  days: [string, string | undefined, string | undefined][];
  codes: string[];
  newsIndexed: boolean | null;
  stray: string | null;
}

/** Where the data sets begin and end, whether news is indexed, the stray bars, and the codes of what is found. */
async function examine({ urls } = database): Promise<Examined> {
  const client = new pg.Client({ connectionString: urls.admin });
  await client.connect();
  try {
    const facts = await readFacts(client);
    const days = facts.data.map(({ name, first, last }): [string, string | undefined, string | undefined] => [
      name,
      first?.slice(0, 10),
      last?.slice(0, 10),
    ]);
    const codes = [...new Set(judge(facts, Date.now()).map(({ code }) => code))];
    return { days, codes, newsIndexed: facts.care.newsIndexed, stray: facts.stray };
  } finally {
    await client.end();
  }
}
