import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { existsSync } from 'node:fs';
import { asAdmin } from '../support/database.js';
import type { ApiProcess } from './support/api.js';
import type { Cluster } from './support/cluster.js';
import { Entrance } from './support/entrance.js';
import type { Haproxy } from './support/haproxy.js';
import { Load } from './support/load.js';
import { describeWith, HAPROXY, PGBIN, until } from './support/tools.js';

describeWith(existsSync(PGBIN) ? HAPROXY : PGBIN, 'deploy/haproxy/haproxy.cfg', () => {
  let behind: Entrance;
  let cluster: Cluster;
  let apis: readonly [ApiProcess, ApiProcess];
  let haproxy: Haproxy;
  let entrance: string;

  /** One request with its path exactly as written. */
  const raw = (path: string): Promise<{ statusCode: number | undefined; text: string }> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(entrance);
      const outgoing = request({ hostname, port, path, agent: false }, (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (part: string) => (text += part));
        incoming.once('end', () => resolve({ statusCode: incoming.statusCode, text }));
      });
      outgoing.once('error', reject).end();
    });
  const states = (): Promise<string[]> => haproxy.states();
  const bothUp = (): Promise<void> => haproxy.bothUp();

  beforeAll(async () => {
    behind = await Entrance.start({
      // A connection for each of the load's requests: a restart is tested, and not what a slow machine sheds.
      DATABASE_POOL_SIZE: '5',
      DATABASE_MAX_OVERFLOW: '35',
      DATABASE_LOCK_TIMEOUT_MS: '4500',
    });
    ({ cluster, apis, haproxy, url: entrance } = behind);
  });

  afterAll(() => behind?.stop());

  it('spreads requests over both, and hides the metrics', async () => {
    const load = new Load(8, [`${entrance}/v1/market-data/symbols`]);
    await until('a hundred answers', () => load.answered(200) >= 100);
    await load.stop();
    for (const api of apis) {
      const metrics = await (await fetch(`${api.url}/metrics`)).text();
      const served = /^tetra_http_request_duration_seconds_count\{[^}]*symbols",status="200"\} (\d+)$/m.exec(metrics);
      expect(Number(served?.[1])).toBeGreaterThan(10);
    }
    for (const path of [
      '/metrics',
      '/%6detrics',
      '/metric%73',
      '/%6D%65trics?x',
      '/metrics#x',
      '/metrics/',
      '/metrics?x=/',
    ]) {
      const { statusCode, text } = await raw(path);
      // What no path may hold, HAProxy refuses itself.
      expect([path, [400, 404].includes(statusCode!)]).toEqual([path, true]);
      expect(text).not.toContain('tetra_http');
    }
    const answer = await fetch(`${entrance}/v1/market-data/symbols?limit=1`);
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('rolls a restart of both under load without a failed request', async () => {
    const load = new Load(40, [
      `${entrance}/v1/market-data/latest/%5EGSPC`,
      `${entrance}/v1/market-data/daily/%5EGSPC`,
      `${entrance}/v1/market-data/gaps/%5EGSPC?start=2019-01-01&end=2019-12-31`,
      `${entrance}/v1/news?limit=5`,
    ]);
    const more = async (): Promise<void> => {
      const now = load.answered(200);
      await until('requests are served', () => load.answered(200) > now + 200);
    };
    await more();
    for (const api of apis) {
      expect(await api.stop()).toBe(0);
      await more();
      await api.start();
      await bothUp();
      await more();
    }
    const { statuses, errors } = await load.stop();
    expect([Object.fromEntries(errors), [...statuses.keys()]]).toEqual([{}, [200]]);
    process.stderr.write(`rolling restart: ${statuses.get(200)} requests, none failed\n`);
  });

  it('sends a request that may have ended a replica to no other', async () => {
    const waiting = async (): Promise<number[]> => {
      const { rows } = await asAdmin(cluster.url('tetra'), (client) =>
        client.query<{ port: number }>(
          `select client_port as port from pg_stat_activity where wait_event_type = 'Lock' and usename = 'tetra_reader'`,
        ),
      );
      return rows.map(({ port }) => port);
    };
    const inFlight = async ({ url }: ApiProcess): Promise<number> => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      // This very request is one.
      return Number(/^tetra_http_requests_in_flight (\d+)$/m.exec(metrics)![1]) - 1;
    };
    await asAdmin(cluster.url('tetra'), async (client) => {
      await client.query('begin; lock table news.news_articles in access exclusive mode');
      const answer = raw('/v1/news?limit=7');
      await until('its statement waits', async () => (await waiting()).length > 0);
      const [busy, other] = (await inFlight(apis[0])) > 0 ? [apis[0], apis[1]] : [apis[1], apis[0]];
      busy.kill();
      expect((await answer).statusCode).toBe(502);
      await until('no statement waits any more', async () => (await waiting()).length === 0);
      expect(await inFlight(other)).toBe(0);
      await client.query('rollback');
      await busy.start();
    });
    await bothUp();
    expect((await fetch(`${entrance}/v1/news?limit=7`)).status).toBe(200);
  });

  it('goes on with one when the other is killed', async () => {
    apis[0].kill();
    await until('HAProxy sees it', async () => (await states())[0] !== 'UP');
    const load = new Load(4, [`${entrance}/v1/market-data/symbols`]);
    await until('fifty answers', () => load.answered(200) >= 50);
    const { statuses, errors } = await load.stop();
    expect([[...statuses.keys()], [...errors.keys()]]).toEqual([[200], []]);
    await apis[0].start();
    await bothUp();
  });

  it("passes on the API's own words when the database is down, and recovers by itself", async () => {
    await cluster.stop();
    await until('no replica is up', async () => !(await states()).includes('UP'));
    const answer = await fetch(`${entrance}/v1/market-data/bars/%5EGSPC`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await answer.json()).toMatchObject({ code: 'database_unavailable' });
    await cluster.start();
    await bothUp();
    expect((await fetch(`${entrance}/v1/market-data/bars/%5EGSPC`)).status).toBe(200);
  });
});
