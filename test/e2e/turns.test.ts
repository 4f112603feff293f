import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { readFileSync } from 'node:fs';
import { GraphqlAnswer } from '../../src/graphql/answer.js';
import { Output } from '../../src/lists/output.js';
import { PageRows } from '../../src/lists/page-rows.js';
import { startApp, type TestApp } from '../support/app.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';

/** Bytes that are written, rows that become objects, and values, between two looks at the event loop at most. */
const BYTES_A_TURN = 1_700_000;
const ROWS_A_TURN = 6000;
const VALUES_A_TURN = 17_000;

let database: TestDatabase;
let api: TestApp;
beforeAll(async () => {
  database = await createDatabase();
  await asAdmin(database.urls.admin, (client) =>
    client.query(`
      insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
      select 'T' || s, '2024-01-01Z'::timestamptz + n * interval '1 minute', 10.12345678, 100.5, 1.25, 20, n, '1m', 'turns'
      from generate_series(1, 20) s, generate_series(1, 900) n;
      insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
      select 'LONG', '2024-01-01Z'::timestamptz + n * interval '1 minute', 10.12345678, 100.5, 1.25, 20, n, '1m', 'turns'
      from generate_series(1, 10000) n;
      insert into news.news_articles (url, source, title, content, published_at)
      select 'https://long.example/' || n, 'Long', n::text, repeat('word ', 30000), '2024-03-01Z'::timestamptz + n * interval '1 minute'
      from generate_series(1, 40) n;
      insert into news.news_articles (url, source, title, content, published_at)
      values ('https://long.example/escaped', 'Long', 'escaped', repeat(e'\\x01', 1000000), '2024-04-01T12:00:00Z')`),
  );
  api = await startApp(database.urls.reader);
}, 60_000);
afterAll(async () => {
  await api.close();
  await database.drop();
});

/** Work that is counted in each turn of the event loop, while it is open. */
class Counted {
  readonly turns: number[] = [0];
  #open = true;

  constructor() {
    const next = (): void => {
      this.turns.push(0);
      if (this.#open) setImmediate(next);
    };
    setImmediate(next);
  }

  add(work: number): void {
    this.turns[this.turns.length - 1]! += work;
  }

  close(): { most: number; all: number } {
    this.#open = false;
    return { most: Math.max(...this.turns), all: this.turns.reduce((sum, each) => sum + each, 0) };
  }
}

afterEach(() => void jest.restoreAllMocks());

const WINDOW = 'start: "2024-01-01", end: "2024-01-31"';

describe('a large GraphQL answer', () => {
  it('of lists of columns is written in several turns', async () => {
    const counted = new Counted();
    const copy = Output.prototype.copy;
    jest.spyOn(Output.prototype, 'copy').mockImplementation(function (this: Output) {
      counted.add(this.length);
      return copy.call(this);
    });
    const query = `{ symbols(search: "T", first: 20) { nodes { bars(${WINDOW}, first: 900) { nodes { timestamp open high low close volume source } } } } }`;
    const { body } = await api.graphql(query).expect(200);
    const { most, all } = counted.close();
    const lists = (body.data.symbols.nodes as { bars: { nodes: unknown[] } }[]).map(({ bars }) => bars.nodes.length);
    expect(lists).toEqual(Array.from({ length: 20 }, () => 900));
    expect(all).toBeGreaterThan(BYTES_A_TURN);
    expect(most).toBeLessThan(BYTES_A_TURN);
  });

  it('of ten thousand edges makes its rows in several turns', async () => {
    const counted = new Counted();
    const reader = PageRows.prototype.reader;
    jest.spyOn(PageRows.prototype, 'reader').mockImplementation(function (this: PageRows) {
      const take = reader.call(this);
      return (count) => {
        const rows = take(count);
        counted.add(rows.length);
        return rows;
      };
    });
    const query = `{ symbol(symbol: "LONG") { bars(${WINDOW}, first: 10000) { edges { node { timestamp close volume } } } } }`;
    const { body } = await api.graphql(query).expect(200);
    const { most, all } = counted.close();
    const edges = body.data.symbol.bars.edges as { node: { volume: number } }[];
    expect(edges.map(({ node }) => node.volume)).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1));
    expect(all).toBe(10_000);
    expect(most).toBeLessThan(ROWS_A_TURN);
  });
});

describe('an introspection', () => {
  const TYPES = '__schema { types { name fields { name args { name type { name } } } } }';
  const FIELDS =
    '__type(name: "Query") { fields { name description type { name kind } args { name description type { name kind } } } }';

  it.each([
    ['types', TYPES, 40],
    ['fields of a type', FIELDS, 99],
  ])('of %s by many aliases has its values in several turns', async (_what, field, times) => {
    const counted = new Counted();
    const add = GraphqlAnswer.prototype.add;
    jest.spyOn(GraphqlAnswer.prototype, 'add').mockImplementation(function (this: GraphqlAnswer, bytes, values = 1) {
      counted.add(values);
      add.call(this, bytes, values);
    });
    const query = `{ ${Array.from({ length: times }, (_, i) => `a${i}: ${field}`).join(' ')} }`;
    const { body } = await api.graphql(query).expect(200);
    const { most, all } = counted.close();
    expect(new Set(Object.values(body.data as object).map((each) => JSON.stringify(each))).size).toBe(1);
    expect(all).toBeGreaterThan(20_000);
    expect(most).toBeLessThan(VALUES_A_TURN);
  });

  it('is whole', async () => {
    const { body } = await api.graphql(getIntrospectionQuery({ specifiedByUrl: true })).expect(200);
    const said = buildClientSchema(body.data as IntrospectionQuery);
    expect(printSchema(lexicographicSortSchema(said))).toBe(
      printSchema(lexicographicSortSchema(buildSchema(readFileSync('schema.gql', 'utf8')))),
    );
  });
});

describe('texts that are more than an answer may have', () => {
  it('are refused before one of them is read', async () => {
    const read: number[] = [];
    const toString: (encoding?: BufferEncoding, start?: number, end?: number) => string = Buffer.prototype.toString;
    jest.spyOn(Buffer.prototype, 'toString').mockImplementation(function (this: Buffer, ...args: unknown[]) {
      const [encoding, start, end] = args as [BufferEncoding?, number?, number?];
      const text = toString.call(this, encoding, start, end);
      read.push(text.length);
      return text;
    });
    const { body } = await api
      .graphql('{ news(start: "2024-03-01", end: "2024-03-01") { nodes { content } } }')
      .expect(400);
    expect(body.errors[0].extensions.code).toBe('limit_exceeded');
    expect(Math.max(...read)).toBeLessThan(10_000);
  });

  it('count as JSON has them: a control character has six bytes', async () => {
    const { body } = await api
      .graphql('{ news(start: "2024-04-01", end: "2024-04-01") { nodes { content } } }')
      .expect(400);
    expect(body.errors[0].extensions.code).toBe('limit_exceeded');
  });

  it('are sent where they fit', async () => {
    const query = '{ news(start: "2024-03-01", end: "2024-03-01", first: 10) { nodes { content } } }';
    const { body } = await api.graphql(query).expect(200);
    const lengths = (body.data.news.nodes as { content: string }[]).map(({ content }) => content.length);
    expect(lengths).toEqual(Array.from({ length: 10 }, () => 150_000));
  });
});
