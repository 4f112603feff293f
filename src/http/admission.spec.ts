import { afterEach, beforeEach, expect, it } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';
import { loadConfig } from '../config/config.js';
import { Admission } from './admission.js';

let http: FastifyInstance;
let url: string;
/** Ends the request that is at work. */
let finish: () => void;
const refusals: [method: string, status: number][] = [];

beforeEach(async () => {
  refusals.length = 0;
  const admission = new Admission(loadConfig({ MAX_REQUESTS: '1', MAX_EVENT_LOOP_DELAY_MS: '60000' }));
  http = fastify({ forceCloseConnections: true });
  http.decorateRequest('atWork', false);
  admission.guard(http.server, { origins: ['*'], always: {} }, (_id, method, { status }) => {
    refusals.push([method, status]);
  });
  http.addHook('preHandler', admission.stage.preHandler!);
  http.addHook('onSend', (request, _reply, payload, done) => {
    admission.leave(request);
    done(null, payload);
  });
  http.addHook('onClose', () => {
    admission.close();
  });
  const slow = new Promise<void>((resolve) => (finish = resolve));
  http.get('/slow', () => slow.then(() => 'served'));
  http.get('/quick', () => 'served');
  http.get('/health/live', () => 'alive');
  url = await http.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => http.close());

it('refuses what there is no room for, but never health, and goes on when there is room again', async () => {
  expect((await fetch(`${url}/quick`)).status).toBe(200);
  const slow = fetch(`${url}/slow`);
  let refused = await fetch(`${url}/quick`);
  while (refused.status === 200) refused = await fetch(`${url}/quick`);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(refused.headers.get('access-control-allow-origin')).toBe('*');
  expect(await refused.json()).toMatchObject({ code: 'overloaded', instance: '/quick' });
  expect(refusals).toEqual([['GET', 503]]);
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
  finish();
  expect(await (await slow).text()).toBe('served');
  expect((await fetch(`${url}/quick`)).status).toBe(200);
  expect(refusals).toHaveLength(1);
});
