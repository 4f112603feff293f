import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GraphQLError } from 'graphql';
import pg from 'pg';
import { createApp } from '../../src/app.js';
import { ERRORS, type ErrorCode } from '../../src/base/errors.js';
import { Log } from '../../src/base/log.js';
import { loadConfig } from '../../src/config/config.js';
import { EventsQueries } from '../../src/data/events/events.queries.js';
import { CANARY, Cluster } from './support/cluster.js';
import { figure } from './support/wait.js';

const SECRET = 'relation "secret_table" does not exist; password=hunter2 at /srv/tetra/dist/x.js';

function databaseError(code: string): pg.DatabaseError {
  const error = new pg.DatabaseError(SECRET, 10, 'error');
  return Object.assign(error, { code, detail: `Key (${SECRET})`, hint: SECRET, table: 'secret_table', routine: 'x' });
}

class Unspeakable {
  toString(): string {
    throw new Error(SECRET);
  }
  get message(): string {
    throw new Error(SECRET);
  }
}

const circular: Record<string, unknown> = { [SECRET]: 1 };
circular.self = circular;

/** Whatever code may throw, and the code that a client gets for it. */
const THROWN: [what: string, thrown: unknown, code: ErrorCode][] = [
  ['an Error', new Error(SECRET), 'internal'],
  ['an Error with a cause', new Error(SECRET, { cause: new Error(SECRET) }), 'internal'],
  ['a TypeError', new TypeError(SECRET), 'internal'],
  ['a RangeError', new RangeError(SECRET), 'internal'],
  ['an AggregateError', new AggregateError([new Error(SECRET), new Error(SECRET)], SECRET), 'internal'],
  ['an error of a constraint', databaseError('23505'), 'internal'],
  ['an error of syntax', databaseError('42601'), 'internal'],
  ['an error of a missing table', databaseError('42P01'), 'database_unavailable'],
  ['a statement that was cancelled', databaseError('57014'), 'query_timeout'],
  ['a server that ends', databaseError('57P01'), 'database_unavailable'],
  ['a conflict with recovery', databaseError('40001'), 'database_unavailable'],
  ['a full disk', databaseError('53100'), 'overloaded'],
  ['a refused connection', Object.assign(new Error(SECRET), { code: 'ECONNREFUSED' }), 'database_unavailable'],
  ['an HTTP error of a library', Object.assign(new Error(SECRET), { statusCode: 418, expose: true }), 'internal'],
  ['a GraphQLError with extensions', new GraphQLError(SECRET, { extensions: { code: SECRET, SECRET } }), 'internal'],
  ['a string', SECRET, 'internal'],
  ['an empty string', '', 'internal'],
  ['a number', 7, 'internal'],
  ['null', null, 'internal'],
  ['undefined', undefined, 'internal'],
  ['false', false, 'internal'],
  ['a symbol', Symbol(SECRET), 'internal'],
  ['an object', { message: SECRET, code: 500 }, 'internal'],
  ['an object in a circle', circular, 'internal'],
  ['an object without a prototype', Object.create(null), 'internal'],
  ['an object that does not let itself be told', new Unspeakable(), 'internal'],
  ['a function', () => SECRET, 'internal'],
];

const LEAK = /secret_table|hunter2|password|\/srv\/|stack|SECRET/;

let cluster: Cluster;
let app: Awaited<ReturnType<typeof createApp>>;
let base: string;
const lines: string[] = [];
beforeAll(async () => {
  cluster = await Cluster.start();
  const config = loadConfig({ LOG_FORMAT: 'json', MAX_EVENT_LOOP_DELAY_MS: '60000' });
  // The same application as main's, in this process, so that what its resolvers and controllers call can be replaced.
  app = await createApp({
    url: cluster.url(),
    config,
    log: new Log(config, { write: (line) => void lines.push(line) }),
  });
  await app.listen(0, '127.0.0.1');
  base = (await app.getUrl()).replace('[::1]', '127.0.0.1');
});
afterAll(async () => {
  await app?.close();
  await cluster?.remove();
});

describe('whatever a resolver or a controller throws', () => {
  let tried = 0;
  afterAll(() => figure('things thrown', { tried, masked: tried }));

  const ways: [string, (thrown: unknown) => () => unknown][] = [
    [
      'thrown',
      (thrown) => () => {
        throw thrown;
      },
    ],
    ['a rejection', (thrown) => () => Promise.reject(thrown)],
  ];
  it.each(THROWN.flatMap(([what, thrown, code]) => ways.map(([way, make]) => ({ what, way, thrown, code, make }))))(
    '$what ($way) is masked, with a code of ours',
    async ({ thrown, code, make }) => {
      const queries = app.get(EventsQueries);
      Object.assign(queries, { page: make(thrown), list: make(thrown) });
      try {
        const query = '{ events(first: 1) { nodes { id } } catalog { __typename } }';
        const graphql = await fetch(`${base}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query }),
        });
        const text = await graphql.text();
        const { errors } = JSON.parse(text) as { errors: { extensions: object }[] };
        expect([graphql.status, errors.map(({ extensions }) => extensions)]).toEqual([200, [{ code }]]);
        expect(text).not.toMatch(LEAK);
        const rest = await fetch(`${base}/v1/events`);
        const problem = await rest.text();
        expect([rest.status, JSON.parse(problem)]).toEqual([ERRORS[code].status, expect.objectContaining({ code })]);
        expect(rest.headers.get('content-type')).toMatch(/problem\+json/);
        expect(problem).not.toMatch(LEAK);
        tried += 2;
      } finally {
        delete (queries as Partial<EventsQueries>).page;
        delete (queries as Partial<EventsQueries>).list;
      }
    },
  );

  it('the next request is served, and the log holds no password of ours', async () => {
    expect((await fetch(`${base}/v1/events`)).status).toBe(200);
    expect(lines.join('')).not.toContain(CANARY);
    expect(lines.every((line) => typeof JSON.parse(line) === 'object')).toBe(true);
  });
});
