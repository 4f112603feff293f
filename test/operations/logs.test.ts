import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applySetup } from '../../src/setup/apply.js';
import { loadSample } from '../../src/setup/sample/sample.js';
import { asAdmin } from '../support/database.js';
import { ApiProcess } from './support/api.js';
import { Cluster, type Home, makeHome } from './support/cluster.js';
import { describeWith, freePort, PGBIN, until } from './support/tools.js';

const PASSWORD = 'secret-of-the-reader';

interface Line {
  readonly msg: string;
  readonly id?: string;
  readonly level: string;
  readonly backends: number[];
  readonly bytes: number;
  readonly [field: string]: unknown;
}

describeWith(PGBIN, 'the log', () => {
  let home: Home;
  let cluster: Cluster;
  let api: ApiProcess;

  const lines = (): Line[] =>
    api.log.split('\n').flatMap((line) => {
      try {
        return [JSON.parse(line) as Line];
      } catch {
        return [];
      }
    });
  const lineOf = async (id: string): Promise<Line> => {
    await until(`the line of ${id}`, () => lines().some((line) => line.id === id));
    return lines().find((line) => line.id === id)!;
  };
  /** Lines of PostgreSQL's own log that have a text. */
  const server = (text: string): string[] => {
    const directory = join(cluster.dir, 'log');
    return readdirSync(directory)
      .flatMap((file) => readFileSync(join(directory, file), 'utf8').split('\n'))
      .filter((line) => line.includes(text));
  };
  const get = (path: string, id: string, more: Record<string, string> = {}): Promise<Response> =>
    fetch(`${api.url}${path}`, { headers: { 'x-request-id': id, 'accept-encoding': 'identity', ...more } });

  beforeAll(async () => {
    home = makeHome();
    cluster = await Cluster.create(home, 'cluster', {
      logging_collector: 'on',
      log_line_prefix: '%m [%p] %a ',
      log_min_duration_statement: '0',
      log_parameter_max_length: '0',
    });
    await cluster.start();
    await cluster.sql('create database tetra');
    await asAdmin(cluster.url('tetra'), async (client) => {
      await applySetup(client, { readerPassword: PASSWORD });
      await loadSample(client);
      await client.query(
        `insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
         select 'TICK', '2019-10-30Z'::timestamptz + n * interval '100 ms', 1, 9, 1, 2, n, '1s', repeat('x', 50)
         from generate_series(1, 200000) n`,
      );
    });
    api = new ApiProcess(await freePort(), {
      DATABASE_URL: cluster.url('tetra', 'tetra_reader', PASSWORD),
      LOG_LEVEL: 'info',
      TRUST_PROXY: '1',
    });
    await api.start();
  });

  afterAll(async () => {
    await api?.stop();
    await cluster?.stop();
    home?.remove();
  });

  it('says who asked for what, what answered it and how much was sent, without a value', async () => {
    const answer = await get('/v1/market-data/bars/%5EGSPC?start=2019-01-02&limit=7&nonsense-%3Cb%3E=1', 'refused');
    expect(answer.status).toBe(400);
    expect(await lineOf('refused')).toMatchObject({
      parameters: ['start', 'limit', '?'],
      backends: [],
      bytes: expect.any(Number),
    });

    const path = '/v1/market-data/bars/%5EGSPC?start=2019-01-02&end=2019-03-01&limit=40';
    const page = await get(path, 'page-1', { 'x-forwarded-for': '203.0.113.7' });
    const { length } = await page.text();
    const line = await lineOf('page-1');
    expect(line).toMatchObject({
      route: '/v1/market-data/bars/:symbol',
      parameters: ['start', 'end', 'limit'],
      address: '203.0.113.7',
      statement_names: expect.arrayContaining([expect.stringMatching(/^pages market_data\.\w+$/)]),
      status: 200,
    });
    expect(line.backends.length).toBeGreaterThan(0);
    expect(line.bytes).toBeGreaterThan(length);
    expect(line.bytes).toBeLessThan(length + 2000);
    expect(JSON.stringify(line)).not.toMatch(/GSPC|2019/);

    const again = await get(path, 'page-2', { 'if-none-match': page.headers.get('etag')! });
    expect(again.status).toBe(304);
    expect((await lineOf('page-2')).bytes).toBeLessThan(2000);
  });

  it('names the variables of GraphQL', async () => {
    const answer = await fetch(`${api.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'graphql-1' },
      body: JSON.stringify({
        query: 'query ($name: String!) { symbol(symbol: $name) { latest { close } } }',
        variables: { name: '^GSPC' },
      }),
    });
    expect(await answer.json()).not.toHaveProperty('errors');
    expect(await lineOf('graphql-1')).toMatchObject({ route: '/graphql', parameters: ['name'], address: '127.0.0.1' });
  });

  it("is joined by PostgreSQL's own: by application and backend, prepared statements and exports by the request's id", async () => {
    // From the second use on a statement is prepared, and its run has the request's name.
    for (const id of ['join-1', 'join-2', 'join-3'])
      await (await get('/v1/market-data/daily/%5EGSPC?start=2019-01-02&end=2019-02-01', id)).text();
    const { backends } = await lineOf('join-3');
    await until('the server has written it', () => server('/join-3:').length > 0);
    const written = server('/join-3:')[0]!;
    expect(written).toContain(' tetra-api ');
    expect(backends.map(String)).toContain(/\[(\d+)\]/.exec(written)![1]);

    await (await get('/v1/market-data/bars/TICK?start=2019-10-30&end=2019-10-30&format=csv', 'export-1')).text();
    const line = await lineOf('export-1');
    // The state that its plan is made of may be read on another connection, in its name too.
    const ofExport = new RegExp(`\\[${line.backends.at(-1)}\\] tetra-export `);
    await until('the server has written it', () => server('/export-1:').some((written) => ofExport.test(written)));
    expect(line.statement_names).toContain('export market_data.ohlcv');
  });

  it('has an export that the server breaks as an error with its reason, and one that its client leaves as neither', async () => {
    const path = '/v1/market-data/bars/TICK?start=2019-10-30&end=2019-10-30&format=csv';
    const broken = await get(path, 'broken-1');
    const reader = broken.body!.getReader();
    await reader.read();
    await cluster.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tetra-export' and state = 'active'`,
    );
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toThrow();
    expect(await lineOf('broken-1')).toMatchObject({
      status: 503,
      level: 'warn',
      reason: expect.not.stringMatching(/left/),
    });

    const leave = new AbortController();
    const left = await fetch(`${api.url}${path}`, { signal: leave.signal, headers: { 'x-request-id': 'left-1' } });
    await left.body!.getReader().read();
    leave.abort();
    const line = await lineOf('left-1');
    expect(line).toMatchObject({ status: 499, level: 'info' });
    expect(line.bytes).toBeGreaterThan(0);
  });

  it('names the statement and the column that no longer fit each other', async () => {
    await cluster.sql('alter table news.news_articles rename column url to link', 'tetra');
    const answer = await get('/v1/news?limit=3', 'renamed-1');
    expect(answer.status).toBe(500);
    await until('it is said', () =>
      lines().some(({ msg }) => /a statement failed: 42703, column \S*url, in .*news\.news_articles/.test(msg)),
    );
  });
});
