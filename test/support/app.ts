import 'reflect-metadata';
import { describe } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { createApp } from '../../src/app.js';
import type { Log } from '../../src/base/log.js';
import { checkAnswer } from './contract.js';
import { loadConfig } from '../../src/config/config.js';

/** The application over a database, exactly as main makes it. */
export interface TestApp {
  readonly app: NestFastifyApplication;
  /** Sends a GET; its answer is held against the OpenAPI document. */
  get(path: string, headers?: Record<string, string>): request.Test;
  /** Sends a GraphQL operation. */
  graphql(query: string, variables?: Record<string, unknown>): request.Test;
  close(): Promise<void>;
}

/** Limits of time that a machine with much else to do does not reach. */
const PATIENT = {
  LOG_LEVEL: 'error',
  MAX_EVENT_LOOP_DELAY_MS: '60000',
  DATABASE_POOL_TIMEOUT: '10',
  DATABASE_STATEMENT_TIMEOUT_MS: '60000',
  REQUEST_TIMEOUT_MS: '70000',
};

/** Boots the application; nothing of it is replaced. */
export async function startApp(url: string, env: Record<string, string> = {}, log?: Log): Promise<TestApp> {
  const app = await createApp({
    url,
    ...(log ? { log } : {}),
    config: loadConfig({ ...PATIENT, ...env }),
  });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const server = app.getHttpServer();
  return {
    app,
    get: (path, headers = {}) =>
      request(server)
        .get(path)
        .set(headers)
        .expect((answer) => checkAnswer(path, answer)),
    graphql: (query, variables) => request(server).post('/graphql').send({ query, variables }),
    close: () => app.close(),
  };
}

/** Waits until what is asked of all symbols, the list and the board, was read for the first time. */
export async function symbolsRead(api: TestApp): Promise<void> {
  for (const path of ['symbols?limit=1', 'snapshots?limit=1']) {
    // Each 503 comes after some seconds.
    while ((await api.get(`/v1/market-data/${path}`)).status === 503);
  }
}

/** Cases that only TimescaleDB can show; elsewhere they are reported as skipped. */
export const describeOnTimescale = process.env.TEST_TIMESCALEDB === 'true' ? describe : describe.skip;
