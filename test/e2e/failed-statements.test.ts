import 'reflect-metadata';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../src/app.js';
import { Log } from '../../src/base/log.js';
import { loadConfig } from '../../src/config/config.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let app: NestFastifyApplication;
const lines: string[] = [];

beforeAll(async () => {
  database = await createDatabase();
  await asAdmin(database.urls.admin, (client) =>
    client.query('alter table events.event_data rename column event_name to title'),
  );
  const config = loadConfig({ LOG_FORMAT: 'json', MAX_EVENT_LOOP_DELAY_MS: '60000' });
  app = await createApp({
    url: database.urls.reader,
    config,
    log: new Log(config, { write: (line) => void lines.push(line) }),
  });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
}, 60_000);
afterAll(async () => {
  await app.close();
  await database.drop();
});

/** The lines that tell of errors since the last call. */
function errors(): string[] {
  const said = lines.splice(0).map((line) => JSON.parse(line) as { level: string; msg: string });
  return said.filter(({ level }) => level === 'error').map(({ msg }) => msg);
}

it('a column that is not there is a 500, and the log names statement, route, SQLSTATE and column', async () => {
  const answer = await app.inject('/v1/events?start=2025-10-01&end=2025-10-02');
  expect([answer.statusCode, answer.json()]).toEqual([500, expect.objectContaining({ code: 'internal' })]);
  expect(answer.body).not.toContain('event_name');
  const [line, ...more] = errors();
  expect(more).toEqual([]);
  expect(line).toMatch(
    /GET \/v1\/events 42703 column event_data\.event_name does not exist; statement .*events\.event_data/,
  );
  expect(line).not.toContain('2025-10-01');
});

it('the same over GraphQL', async () => {
  const query = '{ events(start: "2025-10-01", end: "2025-10-02", first: 1) { nodes { eventName } } }';
  const answer = await app.inject({ method: 'POST', url: '/graphql', payload: { query } });
  expect(answer.json()).toMatchObject({ errors: [{ path: ['events'], extensions: { code: 'internal' } }] });
  expect(errors()).toEqual([
    expect.stringMatching(/ events 42703 column event_data\.event_name does not exist; statement /),
  ]);
});
