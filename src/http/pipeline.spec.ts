import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Log } from '../base/log.js';
import { currentRequest } from '../base/request.js';
import { loadConfig } from '../config/config.js';
import { ApiKeys } from './access/api-keys.js';
import { Admission } from './admission.js';
import { Delivery } from './delivery.js';
import { addStages, stagesOf } from './pipeline.js';
import { Requests } from './requests.js';
import type { Stage } from './stage.js';

const KEY = 'k'.repeat(40);
let http: FastifyInstance;
let folder: string;
let ran: string[];
/** What each stage of a kind is wrapped in, so that it says that it ran. */
function spied(stage: Stage): Stage {
  const { name, plugin } = stage;
  const spy = (kind: 'onRequest' | 'preHandler' | 'onSend'): object => {
    const hook = stage[kind] as ((this: FastifyInstance, ...args: unknown[]) => unknown) | undefined;
    if (!hook) return {};
    return {
      [kind]: function (this: FastifyInstance, ...args: unknown[]) {
        ran.push(name);
        return hook.apply(this, args);
      },
    };
  };
  // With the arity that Fastify asks of hooks with a callback.
  const fixed = Object.fromEntries(
    Object.entries({ ...spy('onRequest'), ...spy('preHandler'), ...spy('onSend') }).map(([kind, hook]) => [
      kind,
      Object.defineProperty(hook as object, 'length', { value: kind === 'onSend' ? 4 : 3 }),
    ]),
  );
  return { name, ...(plugin ? { plugin } : {}), ...fixed };
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tetra-pipeline-'));
  const file = join(folder, 'keys');
  writeFileSync(file, `someone:${createHash('sha256').update(KEY).digest('hex')}\n`);
  const config = loadConfig({ LOG_LEVEL: 'silent', RATE_LIMIT: '5', MAX_EVENT_LOOP_DELAY_MS: '60000' });
  const admission = new Admission(config);
  const delivery = new Delivery(config);
  const requests = new Requests(new Log(config), admission, { headers: () => ({}), sample: false });
  http = fastify();
  requests.declare(http);
  const graphql = {
    host: { name: 'graphql host', onRequest: (_request, _reply, done) => done() } satisfies Stage,
    tags: { name: 'graphql tags', onSend: (_request, _reply, payload, done) => done(null, payload) } satisfies Stage,
  };
  const keys = new ApiKeys(file, () => undefined);
  const parts = { config, requests, admission, delivery, keys, origins: ['https://a.example'], graphql };
  ran = [];
  await addStages(http, stagesOf(http, parts).map(spied));
  http.addHook('onClose', () => {
    admission.close();
    delivery.close();
    keys.close();
  });
  http.get('/v1/thing', () => {
    ran.push(currentRequest() ? 'handler in its scope' : 'handler');
    return { ok: true };
  });
});
afterEach(async () => {
  await http.close();
  rmSync(folder, { recursive: true });
});

const authorization = `Bearer ${KEY}`;

describe('the stages of a request', () => {
  it('run in the order of their list', async () => {
    const answer = await http.inject({ url: '/v1/thing', headers: { authorization } });
    expect(answer.statusCode).toBe(200);
    expect(ran).toEqual([
      'start',
      'graphql host',
      'access',
      'well formed',
      'methods',
      'admission',
      'delivery admission',
      'time limit',
      'scope',
      'handler in its scope',
      'worked',
      'graphql tags',
      'delivery start',
      'private',
    ]);
  });

  it('a preflight begins like any request, and needs no key', async () => {
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'GET' };
    const answer = await http.inject({ method: 'OPTIONS', url: '/v1/thing', headers });
    expect([answer.statusCode, answer.headers['access-control-allow-origin']]).toEqual([204, 'https://a.example']);
    expect(ran.slice(0, 2)).toEqual(['start', 'graphql host']);
    expect(ran).not.toContain('access');
  });

  it('who has no key learns nothing of methods, and a page of another origin can read that', async () => {
    const answer = await http.inject({ method: 'PUT', url: '/v1/thing', headers: { origin: 'https://a.example' } });
    expect([answer.statusCode, answer.headers['access-control-allow-origin']]).toEqual([401, 'https://a.example']);
    expect(ran).not.toContain('methods');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('what is refused for its rate is not admitted to work', async () => {
    const ask = async () => http.inject({ url: '/v1/thing', headers: { authorization } });
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) statuses.push((await ask()).statusCode);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    expect(ran.lastIndexOf('admission')).toBeLessThan(ran.lastIndexOf('access'));
  });
});
