import { expect, it } from '@jest/globals';
import type { Resource } from './support/ask.js';
import { compareList, Differences } from './support/compare.js';
import { ownDatabase } from './support/own-database.js';
import { chance, dayAfter, randomOf, ROUNDS, some } from './support/seed.js';
import { decimals, instant } from './support/truth.js';

const NEWEST = new Date().toISOString().slice(0, 10);
const SOURCES = ['Reuters', 'Bloomberg, L.P.', 'Ünïcode "Daily"', null];
const TYPES = ['earnings', 'economic_release', 'dividend'];
const COUNTRIES = ['US', 'DE', null];

const own = ownDatabase(async (sql) => {
  const rng = randomOf('articles data');
  for (let n = 0; n < 300; n++) {
    // Many at the same instant, which only the id tells apart.
    const at = `${dayAfter(NEWEST, -rng.integer(0, 60))}T0${rng.integer(0, 3)}:00:00${chance(rng, 0.2) ? '.000001' : ''}Z`;
    const text = rng.pick(['plain', 'with, comma', 'with "quotes"', 'two\nlines', '日経平均', 'tab\tand \\ slash', '']);
    await sql.query(
      `insert into news.news_articles (id, title, description, url, source, author, published_at) values ($1, $2, $3, $4, $5, $6, $7)`,
      [
        rng.uuid(),
        `Title ${text} ${n}`,
        chance(rng, 0.3) ? null : text,
        `https://example.org/${n}`,
        rng.pick(SOURCES),
        rng.pick(['Ann', null]),
        at,
      ],
    );
    await sql.query(
      `insert into events.event_data (id, event_type, event_datetime, event_name, impact_level, symbol, currency, country, actual, source)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'test')`,
      [
        rng.uuid(),
        rng.pick(TYPES),
        at,
        `Event ${text}`,
        rng.pick([1, 2, 3, 4, null]),
        rng.pick(['AAPL', null]),
        rng.pick(['USD', 'EUR', null]),
        rng.pick(COUNTRIES),
        chance(rng, 0.1) ? 'NaN' : chance(rng, 0.3) ? null : (rng.next() * 100 - 50).toFixed(rng.integer(0, 8)),
      ],
    );
  }
});

const quoted = (text: string): string => JSON.stringify(text);

it('articles equal naive SQL', async () => {
  const rng = randomOf('articles');
  const differences = new Differences('articles');
  for (let n = 0; n < 60 * ROUNDS && !differences.enough; n++) {
    const start = dayAfter(NEWEST, -rng.integer(0, 70));
    const end = dayAfter(start, rng.integer(0, 70));
    // Newest first, all of them need no start, but those of an author do.
    const sort = chance(rng, 0.5) ? 'desc' : 'asc';
    const whole = sort === 'desc' && chance(rng, 0.3);
    const source = chance(rng, 0.3) ? 'Reuters' : null;
    const author = !whole && chance(rng, 0.3) ? rng.pick(['ann', 'ANN']) : null;
    const rows = await own.truth.rows(
      `select id, title, description, url, source, author, ${instant('published_at')} as published_at from news.news_articles
       where ($5 or published_at >= $1::date::timestamp at time zone 'UTC')
         and published_at < ($2::date + 1)::timestamp at time zone 'UTC'
         and ($3::text is null or source = $3) and ($4::text is null or lower(author) = lower($4))
       order by news_articles.published_at ${sort}, id ${sort}`,
      [start, end, source, author, whole],
    );
    const query = {
      ...(whole ? {} : { start }),
      end,
      sort,
      ...(source ? { sources: source } : {}),
      ...(author ? { author } : {}),
    };
    const args = [
      !whole && `start: "${start}"`,
      `end: "${end}"`,
      `sort: ${sort.toUpperCase()}`,
      source && `sources: [${quoted(source)}]`,
      author && `author: ${quoted(author)}`,
    ];
    const resource: Resource = {
      path: '/v1/news',
      decimals: false,
      query,
      graphql: {
        operation: (all, selection) => `{ news(${all}) { ${selection} } }`,
        at: ['news'],
        args: args.filter(Boolean).join(', '),
        columns: false,
      },
      columns: ['id', 'title', 'description', 'url', 'source', 'author', 'published_at'],
    };
    const limit = Math.min(500, rng.integer(Math.ceil((rows.length + 1) / 8), rows.length + 2));
    await compareList(own.api, rng, resource, rows, limit, differences, false);
  }
  expect(differences.found).toEqual([]);
});

it('events equal naive SQL', async () => {
  const rng = randomOf('events');
  const differences = new Differences('events');
  for (let n = 0; n < 60 * ROUNDS && !differences.enough; n++) {
    const start = dayAfter(NEWEST, -rng.integer(0, 70));
    const end = dayAfter(start, rng.integer(0, 70));
    const types = chance(rng, 0.4) ? some(rng, TYPES) : null;
    const country = chance(rng, 0.3) ? 'US' : null;
    const impact = chance(rng, 0.3) ? rng.integer(1, 4) : null;
    const symbol = chance(rng, 0.2) ? 'AAPL' : null;
    const rows = await own.truth.rows(
      `select id, event_type, ${instant('event_datetime')} as event_datetime, event_name, impact_level, symbol, currency,
         country, ${decimals('actual')}, source
       from events.event_data
       where event_datetime >= $1::date::timestamp at time zone 'UTC' and event_datetime < ($2::date + 1)::timestamp at time zone 'UTC'
         and ($3::text[] is null or event_type = any($3)) and ($4::text is null or country = $4)
         and ($5::int is null or impact_level >= $5) and ($6::text is null or symbol = $6)
       order by event_data.event_datetime, id`,
      [start, end, types, country, impact, symbol],
    );
    const query = {
      start,
      end,
      ...(types ? { event_type: types.join() } : {}),
      ...(country ? { country } : {}),
      ...(impact ? { min_impact: String(impact) } : {}),
      ...(symbol ? { symbol } : {}),
    };
    const args = [
      `start: "${start}"`,
      `end: "${end}"`,
      types && `types: [${types.map(quoted).join()}]`,
      country && `countries: ["US"]`,
      impact && `minImpact: ${impact}`,
      symbol && `symbol: "AAPL"`,
    ];
    const resource: Resource = {
      path: '/v1/events',
      query,
      graphql: {
        operation: (all, selection) => `{ events(${all}) { ${selection} } }`,
        at: ['events'],
        args: args.filter(Boolean).join(', '),
        columns: false,
      },
      columns: [
        'id',
        'event_type',
        'event_datetime',
        'event_name',
        'impact_level',
        'symbol',
        'currency',
        'country',
        'actual',
        'source',
      ],
    };
    const limit = rng.integer(Math.ceil((rows.length + 1) / 8), rows.length + 2);
    await compareList(own.api, rng, resource, rows, limit, differences, false);
  }
  expect(differences.found).toEqual([]);
});
