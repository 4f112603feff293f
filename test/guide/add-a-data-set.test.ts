import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApiProcess } from '../operations/support/api.js';
import { freePort } from '../operations/support/tools.js';
import { asAdmin, createDatabase, type TestDatabase } from '../support/database.js';
import { applyBlock, blocksOf } from '../support/guide.js';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const GUIDE = readFileSync(join(PROJECT, 'docs/add-a-data-set.md'), 'utf8');
/** What the project is built from. */
const COPIED = ['src', 'db', 'package.json', 'tsconfig.json', '.swcrc'];
const MOST_LINES = 120;

const blocks = blocksOf(GUIDE);
const lines = blocks.flatMap(({ code }) => code.trimEnd().split('\n'));

describe('the guide', () => {
  it(`adds a data set in at most ${MOST_LINES} lines, and says in how many`, () => {
    expect(lines.length).toBeLessThanOrEqual(MOST_LINES);
    expect(/: (\d+) lines in all/.exec(GUIDE)?.[1]).toBe(String(lines.length));
  });

  it('is refused where it does not say where a block goes, or names a line that is not there', () => {
    expect(() => blocksOf('Somewhere:\n\n```ts\nlet a;\n```\n')).toThrow('Somewhere');
    const block = { file: 'package.json', place: 'after', line: 'no such line', code: '' } as const;
    expect(() => applyBlock(PROJECT, block)).toThrow('0 times');
    expect(() => applyBlock(PROJECT, { ...block, place: 'new' })).toThrow('EEXIST');
  });
});

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly error: Error | null;
}

/** Runs a program of the copy, or of a package, in the copy, however it ends. */
function runAnyhow(root: string, script: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const options = { cwd: root, env: { PATH: process.env.PATH, ...env }, maxBuffer: 10_000_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, script), ...args], options, (error, stdout, stderr) =>
      resolve({ error, stdout, stderr }),
    );
  });
}

/** The same for one that must succeed. */
async function run(...command: Parameters<typeof runAnyhow>): Promise<void> {
  const { error, stdout, stderr } = await runAnyhow(...command);
  if (error) throw new Error(`${command[1]}\n${stdout}${stderr}`, { cause: error });
}

const SPLITS = `
  insert into market_data.splits (symbol, ex_date, ratio, announced_at) values
    ('AAPL', '2014-06-09', 7, '2014-04-23 20:30:00.123456+00'),
    ('AAPL', '2020-08-31', 4, '2020-07-30 20:30:00+00'),
    ('GE', '2021-08-02', 0.125, null),
    ('TSLA', '2020-08-31', 5, '2020-08-11 21:00:00+00')`;
const BAR = `
  insert into market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, timeframe, source)
  values ('MSFT', '2020-08-31', 1, 1, 1, 1, 1, '1d', 'test')`;

const SPAN = 'start=2014-01-01&end=2021-12-31';

const ROWS = [
  { symbol: 'GE', ex_date: '2021-08-02', ratio: 0.125, announced_at: null },
  { symbol: 'TSLA', ex_date: '2020-08-31', ratio: 5, announced_at: '2020-08-11T21:00:00Z' },
  { symbol: 'AAPL', ex_date: '2020-08-31', ratio: 4, announced_at: '2020-07-30T20:30:00Z' },
  { symbol: 'AAPL', ex_date: '2014-06-09', ratio: 7, announced_at: '2014-04-23T20:30:00.123456Z' },
];

interface List {
  data: Record<string, unknown>[];
  meta: Record<string, unknown>;
  next_page_token: string | null;
}

describe('a copy of the project to which the guide was applied', () => {
  const root = mkdtempSync(join(tmpdir(), 'tetra-guide-'));
  let database: TestDatabase;
  let api: ApiProcess;

  beforeAll(async () => {
    for (const name of COPIED) cpSync(join(PROJECT, name), join(root, name), { recursive: true });
    symlinkSync(join(PROJECT, 'node_modules'), join(root, 'node_modules'));
    for (const block of blocks) applyBlock(root, block);
    const types = run(root, 'node_modules/typescript/bin/tsc', ['-p', '.', '--noEmit', '--incremental', 'false']);
    // It is looked at below; whatever fails before that is the error to tell.
    types.catch(() => undefined);
    await run(root, 'node_modules/@swc/cli/bin/swc.js', ['src', '-d', 'dist', '--strip-leading-paths', '-q']);
    database = await createDatabase({ hostileZone: true });
    const { admin, reader } = database.urls;
    // Roles belong to the whole server: other suites wait meanwhile, as in createDatabase.
    await asAdmin(process.env.TEST_ADMIN_URL!, async (lock) => {
      await lock.query('select pg_advisory_lock(7331)');
      await run(root, 'dist/bin/db-setup.js', [], { DATABASE_ADMIN_URL: admin });
    });
    await asAdmin(admin, async (client) => {
      await client.query(`set timezone = 'UTC'; ${SPLITS}; ${BAR}`);
      await client.query('analyze market_data.splits');
    });
    api = new ApiProcess(await freePort(), { DATABASE_URL: reader, TZ: 'Asia/Tokyo' }, join(root, 'dist/main.js'));
    await api.start();
    await types;
  }, 240_000);
  afterAll(async () => {
    await api?.stop();
    await database?.drop();
    rmSync(root, { recursive: true, force: true });
  });

  async function get(path: string, status = 200): Promise<Response> {
    const response = await fetch(api.url + path);
    expect([path, response.status]).toEqual([path, status]);
    return response;
  }
  const json = async <T>(path: string, status?: number): Promise<T> => (await get(path, status)).json() as Promise<T>;
  const list = (query: string): Promise<List> => json<List>(`/v1/market-data/splits?${query}`);

  async function graphql<T>(query: string): Promise<T> {
    const body = JSON.stringify({ query });
    const headers = { 'content-type': 'application/json' };
    const answer: unknown = await (await fetch(`${api.url}/graphql`, { method: 'POST', headers, body })).json();
    expect(answer).toMatchObject({ data: expect.anything() });
    return (answer as { data: T }).data;
  }

  it('lists splits over REST, and says of which window', async () => {
    const { data, meta, next_page_token: token } = await list(SPAN);
    expect(data).toEqual(ROWS);
    expect(token).toBeNull();
    expect(meta).toEqual({
      query: {
        ...{ start: '2014-01-01T00:00:00Z', end: '2022-01-01T00:00:00Z', symbol: null, sort: 'desc', limit: 1000 },
      },
      first_day: '2014-06-09',
      last_day: '2021-08-02',
    });
  });

  it('counts ten years back from the newest split where no window is given', async () => {
    expect((await list('')).data).toEqual(ROWS);
    expect((await list('start=2014-06-09T00:00:00.000001Z&end=2021-08-02T00:00:00Z')).data).toEqual(ROWS.slice(1, 3));
  });

  it('pages through them in both orders, a row once', async () => {
    for (const [sort, rows] of [['desc', ROWS] as const, ['asc', ROWS.toReversed()] as const]) {
      const found: unknown[] = [];
      let token: string | null = '';
      while (token !== null) {
        const next: string = token === '' ? '' : `&page_token=${token}`;
        const page: List = await list(`${SPAN}&sort=${sort}&limit=1${next}`);
        found.push(...page.data);
        token = page.next_page_token;
      }
      expect(found).toEqual(rows);
    }
  });

  it('filters them by a symbol that the data have, and refuses another', async () => {
    expect((await list(`${SPAN}&symbol=aapl`)).data).toEqual(ROWS.slice(2));
    expect((await list(`${SPAN}&symbol=MSFT`)).data).toEqual([]);
    const problem = await json(`/v1/market-data/splits?${SPAN}&symbol=APPL`, 400);
    expect(problem).toMatchObject({ code: 'invalid_parameter', param: 'symbol', hint: 'Did you mean AAPL?' });
    expect(await json('/v1/market-data/splits?ticker=AAPL', 400)).toMatchObject({ code: 'unknown_parameter' });
  });

  it('sends them as CSV, NDJSON and columns', async () => {
    const text = async (format: string): Promise<string> =>
      (await get(`/v1/market-data/splits?${SPAN}&symbol=AAPL&format=${format}`)).text();
    expect(await text('csv')).toBe(
      'symbol,ex_date,ratio,announced_at\n' +
        'AAPL,2020-08-31,4,2020-07-30T20:30:00.000000Z\n' +
        'AAPL,2014-06-09,7,2014-04-23T20:30:00.123456Z\n',
    );
    expect((await text('ndjson')).split('\n')[0]).toBe(
      '{"symbol":"AAPL","ex_date":"2020-08-31","ratio":4,"announced_at":"2020-07-30T20:30:00.000000Z"}',
    );
    expect(JSON.parse(await text('columns'))).toMatchObject({ data: { ex_date: ['2020-08-31', '2014-06-09'] } });
  });

  it('lists them over GraphQL, with the cursors of REST', async () => {
    const args = 'start: "2014-01-01", end: "2021-12-31"';
    const { splits } = await graphql<{ splits: { pageInfo: { endCursor: string } } }>(`{
      splits(${args}, first: 2) {
        nodes { symbol exDate ratio announcedAt }
        edges { cursor node { symbol } }
        window { start end }
        pageInfo { hasNextPage endCursor }
      }
    }`);
    expect(splits).toEqual({
      nodes: ROWS.slice(0, 2).map((row) => ({
        symbol: row.symbol,
        exDate: row.ex_date,
        ratio: row.ratio,
        announcedAt: row.announced_at,
      })),
      edges: ['GE', 'TSLA'].map((symbol) => ({ cursor: expect.any(String), node: { symbol } })),
      window: { start: '2014-01-01T00:00:00Z', end: '2022-01-01T00:00:00Z' },
      pageInfo: { hasNextPage: true, endCursor: (await list(`${SPAN}&limit=2`)).next_page_token },
    });
    const { endCursor } = splits.pageInfo;
    expect(await graphql(`{ splits(${args}, after: "${endCursor}") { nodes { symbol exDate } } }`)).toEqual({
      splits: { nodes: ROWS.slice(2).map(({ symbol, ex_date: exDate }) => ({ symbol, exDate })) },
    });
  });

  it('documents them, and every other route as before', async () => {
    interface Document {
      paths: Record<string, { get: { operationId: string; parameters: { name: string }[] } }>;
      components: { schemas: Record<string, { properties: object }> };
    }
    const { paths, components } = await json<Document>('/openapi.json');
    const { '/v1/market-data/splits': splits, ...others } = paths;
    const before = JSON.parse(readFileSync(join(PROJECT, 'openapi.json'), 'utf8')) as Document;
    expect(others).toEqual(before.paths);
    expect(splits!.get.operationId).toBe('listSplits');
    expect(splits!.get.parameters.map(({ name }) => name).sort()).toEqual([
      'end',
      'fields',
      'format',
      'limit',
      'numbers',
      'page_token',
      'sort',
      'start',
      'symbol',
    ]);
    expect(Object.keys(components.schemas.Split!.properties)).toEqual(Object.keys(ROWS[0]!));
  });

  it('has them in the catalog', async () => {
    const { data } = await json<{ data: { data_sets: { name: string }[] } }>('/v1/catalog');
    expect(data.data_sets.find(({ name }) => name === 'market_data.splits')).toMatchObject({
      ...{ schema: 'market_data', relation: 'splits', available: true, rows: 4, sources: null, state: 'stale' },
      ...{ first: '2014-06-09T00:00:00Z', last: '2021-08-02T00:00:00Z', notes: [expect.any(String)] },
    });
  });

  it('has them in /metrics', async () => {
    const metrics = await (await get('/metrics')).text();
    const value = (name: string): number =>
      Number(new RegExp(`^${name}\\{data_set="market_data.splits"[^}]*\\} (.*)$`, 'm').exec(metrics)?.[1]);
    expect(value('tetra_data_newest_timestamp_seconds')).toBe(Date.parse('2021-08-02') / 1000);
    expect(value('tetra_data_state')).toBe(1);
  });

  it('is looked over by the doctor: rows, key, rights and columns', async () => {
    interface Facts {
      data: { name: string }[];
      role: { mayDo: string[] };
      care: { columnFaults: object[] };
    }
    const doctor = async (): Promise<Facts> => {
      const env = { DATABASE_URL: database.urls.reader };
      // It ends with a code above zero for what it finds, such as data that ended long ago.
      const { stdout } = await runAnyhow(root, 'dist/bin/tetra.js', ['doctor', '--json'], env);
      return (JSON.parse(stdout) as { diagnoses: [{ facts: Facts }] }).diagnoses[0].facts;
    };
    const { data, role, care } = await doctor();
    expect(data.find(({ name }) => name === 'market_data.splits')).toEqual({
      ...{ name: 'market_data.splits', exists: true, readable: true, unique: true, rows: 4 },
      ...{ first: '2014-06-09T00:00:00.000000Z', last: '2021-08-02T00:00:00.000000Z' },
    });
    expect([role.mayDo, care.columnFaults]).toEqual([[], []]);
    await asAdmin(database.urls.admin, (client) =>
      client.query(
        `grant insert on market_data.splits to tetra_reader; alter table market_data.splits alter announced_at type date`,
      ),
    );
    const odd = await doctor();
    expect(odd.role.mayDo).toEqual(['insert market_data.splits']);
    expect(odd.care.columnFaults).toEqual([{ relation: 'market_data.splits', column: 'announced_at', type: 'date' }]);
  });
});
