import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync, copyFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startApp, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = join(HERE, '../..');
const BIN = join(HERE, 'node_modules/.bin');

let api: TestApp;
let url: string;
let home: string;
let days: number;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
  await api.app.listen(0, '127.0.0.1');
  const { port } = api.app.getHttpServer().address() as AddressInfo;
  url = `http://127.0.0.1:${port}`;
  home = mkdtempSync(join(tmpdir(), 'tetra-clients-'));
  symlinkSync(join(HERE, 'node_modules'), join(home, 'node_modules'));
  writeFileSync(join(home, 'package.json'), '{"type":"module"}');
  const { text } = await api.get('/v1/market-data/daily/%5EGSPC?start=2000-01-01&format=csv&limit=all');
  days = text.trimEnd().split('\n').length - 1;
});
afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  await api.close();
});

const ENV = { ...process.env, NODE_NO_WARNINGS: '1', NO_COLOR: '1', CI: 'true', REDOCLY_TELEMETRY: 'off', TZ: 'UTC' };

/** Runs a program and returns what it printed; one that fails fails the case with what it said. */
async function run(command: string, args: readonly string[]): Promise<string> {
  const done = promisify(execFile)(command, args, { cwd: home, env: ENV, maxBuffer: 1 << 26 });
  const { stdout } = await done.catch((error: unknown) => {
    const { stdout = '', stderr, message } = error as Error & { stdout?: string; stderr?: string };
    const said = stdout + (stderr ?? message);
    throw new Error(`${command} ${args.join(' ')}`.slice(0, 300) + `\n${said.slice(0, 4000)}`);
  });
  return stdout;
}

/** What one of our programs says of itself, as JSON on its last line. */
async function program(name: string, ...more: string[]): Promise<unknown> {
  const [command, ...flags] = { py: ['/usr/bin/python3'], R: ['Rscript'] }[name.split('.')[1]!] ?? [process.execPath];
  const printed = await run(command!, [...flags, join(HERE, 'programs', name), url, ...more]);
  return JSON.parse(printed.trim().split('\n').at(-1)!);
}

describe('GraphQL clients', () => {
  it('urql reads by GET, with its normalised cache', async () => {
    expect(await program('urql.mjs')).toEqual({ methods: ['GET', 'GET'], close: expect.any(Number) });
  });

  it('Apollo Client pages with relayStylePagination and loses nothing in its cache', async () => {
    expect(await program('apollo.mjs')).toEqual({ days: 21 });
  });

  it('graphql-request reads by POST and by GET', async () => {
    expect(await program('graphql-request.mjs')).toEqual({ close: expect.any(Number) });
  });

  it('relay-compiler compiles a paginated fragment on every connection of a symbol', async () => {
    const source = join(home, 'relay');
    mkdirSync(source);
    copyFileSync(join(ROOT, 'schema.gql'), join(home, 'schema.graphql'));
    const fragment = (field: string, row: string): string => `
      graphql\`
        fragment Days_${field} on Query @refetchable(queryName: "Days_${field}Query")
          @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" }) {
          symbol(symbol: "AAPL") { ${field}(first: $count, after: $cursor) @connection(key: "Days_${field}_${field}") { edges { node { ${row} } } } }
        }\`;`;
    const fragments = [
      fragment('daily', 'day close'),
      fragment('bars', 'timestamp close'),
      fragment('events', 'eventName'),
    ];
    writeFileSync(join(source, 'Days.js'), `import { graphql } from 'react-relay';\n${fragments.join('\n')}`);
    writeFileSync(
      join(home, 'relay.config.json'),
      JSON.stringify({ src: './relay', language: 'javascript', schema: './schema.graphql', eagerEsModules: true }),
    );
    await run(join(BIN, 'relay-compiler'), ['relay.config.json']);
    expect(readFileSync(join(source, '__generated__/Days_daily.graphql.js'), 'utf8')).toContain('endCursor');
  });

  it('graphql-codegen makes types of the schema that the server tells, and they compile', async () => {
    writeFileSync(
      join(home, 'days.graphql'),
      `query Days($symbol: String!) { symbol(symbol: $symbol) { id daily(first: 3) { nodes { day close } window { start end } freshness { historyComplete } } } }`,
    );
    writeFileSync(
      join(home, 'codegen.json'),
      JSON.stringify({
        schema: `${url}/graphql`,
        documents: 'days.graphql',
        generates: { 'types.ts': { plugins: ['typescript', 'typescript-operations'] } },
      }),
    );
    await run(join(BIN, 'graphql-codegen'), ['--config', 'codegen.json']);
    await run(join(BIN, 'tsc'), ['--noEmit', '--strict', '--skipLibCheck', 'types.ts']);
    expect(readFileSync(join(home, 'types.ts'), 'utf8')).toContain('DaysQuery');
  });
});

describe('OpenAPI clients', () => {
  it('redocly finds no error in the document', async () => {
    const args = ['lint', join(ROOT, 'openapi.json'), '--format=json', '--extends=recommended', '--max-problems=1000'];
    // It ends with a failure when it finds one.
    const { stdout } = spawnSync(join(BIN, 'redocly'), args, {
      cwd: home,
      env: ENV,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    const { problems } = JSON.parse(stdout.slice(stdout.indexOf('{'), stdout.lastIndexOf('}') + 1)) as {
      problems: { severity: string; message: string; ruleId: string; location: { pointer?: string }[] }[];
    };
    const errors = problems.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ ruleId, message, location }) => `${ruleId} ${message} ${location[0]?.pointer}`)).toEqual([]);
  });

  it('openapi-fetch compiles over types of openapi-typescript, and lists arrive', async () => {
    await run(join(BIN, 'openapi-typescript'), [join(ROOT, 'openapi.json'), '-o', 'schema.ts']);
    copyFileSync(join(HERE, 'programs/openapi-fetch.ts'), join(home, 'openapi-fetch.ts'));
    symlinkSync(join(ROOT, 'node_modules/@types'), join(home, 'types-of-node'));
    await run(join(BIN, 'tsc'), [
      ...['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2022'],
      ...[
        '--moduleDetection',
        'force',
        '--allowImportingTsExtensions',
        '--typeRoots',
        'types-of-node',
        '--types',
        'node',
        'openapi-fetch.ts',
      ],
    ]);
    const printed = await run(process.execPath, ['openapi-fetch.ts', url]);
    expect(JSON.parse(printed)).toEqual({ bars: 2 });
  });

  it('orval’s schemas for zod accept live answers of every list and object', async () => {
    const document = JSON.parse(readFileSync(join(ROOT, 'openapi.json'), 'utf8')) as {
      paths: Record<string, { get?: { operationId: string; responses: Record<string, { content?: object }> } }>;
    };
    writeFileSync(
      join(home, 'orval.config.mjs'),
      `export default { tetra: { input: ${JSON.stringify(join(ROOT, 'openapi.json'))}, output: { client: 'zod', target: './zod.ts', mode: 'single' } } };`,
    );
    await run(join(BIN, 'orval'), ['--config', 'orval.config.mjs']);
    copyFileSync(join(HERE, 'programs/zod.ts'), join(home, 'check-zod.ts'));
    const ids = await sampleIds();
    const requests = Object.entries(document.paths).flatMap(([path, { get }]) => {
      const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(ids(path, name)));
      const needed = {
        '/v1/market-data/latest': '?symbols=AAPL,NOPE',
        '/v1/market-data/daily': '?date=2019-01-03',
        '/v1/market-data/bars': '?symbols=AAPL',
        '/v1/market-data/compare': '?symbols=AAPL,KO',
        '/v1/market-data/condition': '?symbols=AAPL,KO',
        '/v1/economic-data/observations': '?series=PAYEMS,UNRATE',
        '/v1/events/study': '?event_type=earnings',
        '/v1/events/{id}/reaction': '?symbol=AAPL',
      };
      // A stream of events is neither.
      const isJson = 'application/json' in (get?.responses['200']?.content ?? {});
      return get && isJson && path.startsWith('/v1/')
        ? [[get.operationId, filled + (needed[path as keyof typeof needed] ?? '')]]
        : [];
    });
    const printed = await run(process.execPath, ['check-zod.ts', url, JSON.stringify(requests)]);
    expect(JSON.parse(printed)).toEqual({ checked: requests.length, problems: [] });
    expect(requests.length).toBeGreaterThan(15);
  });
});

/** A name or id that exists for each path parameter. */
async function sampleIds(): Promise<(path: string, name: string) => string> {
  const idOf = async (path: string): Promise<string> => {
    const { data } = (await api.get(`${path}?limit=1`)).body as { data: [{ id: string }] };
    return data[0].id;
  };
  const [article, event] = [await idOf('/v1/news'), await idOf('/v1/events')];
  return (path, name) =>
    name === 'symbol' ? '^GSPC' : path.includes('/news') ? article : path.includes('/events') ? event : 'PAYEMS';
}

const has = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;
const pandas = has('/usr/bin/python3', '-c', 'import pandas') ? it : it.skip;
const feeds = has('/usr/bin/python3', '-c', 'import feedparser, icalendar') ? it : it.skip;
const R = has('Rscript', '--version') ? it : it.skip;
const TTR = has('Rscript', '-e', 'library(TTR); library(xts)') ? it : it.skip;

describe('analysts', () => {
  pandas('pandas reads whole CSV and NDJSON, instants as instants and nulls as rows', async () => {
    expect(await program('frames.py')).toEqual({
      rows: days,
      last: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      close: 'float64',
      published_at: 'datetime64[ns, UTC]',
      event_datetime: 'datetime64[ns, UTC]',
      vwap_rows: 21,
    });
  });

  pandas('comparisons and statistics are those of pandas, and those published of the index', async () => {
    const found = (await program('performance.py')) as { numbers: string[]; greatest: number };
    expect(found).toMatchObject({
      drawdowns: [-56.78, -49.15, -33.92],
      years: [-38.49, 29.6, 28.88, expect.closeTo(0)],
    });
    expect(found.numbers).toHaveLength(15);
    expect(found.greatest).toBeLessThan(1e-9);
  });

  feeds('icalendar and feedparser read what JSON has', async () => {
    expect(await program('feeds.py')).toEqual({ events: true, well_formed: true, articles: 30, alike: true });
  });

  R('R reads whole CSV', async () => {
    expect(await program('frames.R')).toEqual({
      rows: days,
      last: expect.any(String),
      close: 'numeric',
      instants: true,
    });
  });

  TTR('indicators are those of TTR, and longer bars those of xts', async () => {
    const found = (await program('indicators.R')) as { greatest: number };
    expect(found).toMatchObject({ weeks: 1059, months: 244, quarters: 82, years: 21 });
    expect(found).toMatchObject({ greatest: expect.any(Number) });
    expect(found.greatest).toBeLessThan(1e-9);
  });

  it('DuckDB reads Parquet with exact types, and its sums are right to the last digit', async () => {
    const found = (await program('columns.mjs')) as { rows: [number, number]; types: Record<string, string> };
    expect(found).toMatchObject({ exact: true, about: 2 });
    expect(found.rows[0]).toBeGreaterThan(1000);
    expect(found.rows[1]).toBe(found.rows[0]);
    expect(found.types).toMatchObject({
      timestamp: 'TIMESTAMP WITH TIME ZONE',
      open: 'DECIMAL(20,8)',
      vwap: 'DECIMAL(20,8)',
      volume: 'BIGINT',
    });
  });

  it('DuckDB gives the columns of CSV and NDJSON the same types in every answer', async () => {
    const paths = {
      daily: '/v1/market-data/daily/%5EGSPC?start=2000-01-01',
      bars: '/v1/market-data/bars/%5EGSPC?start=2019-01-01&end=2019-12-31',
      news: '/v1/news',
      oneArticle: '/v1/news?limit=1',
      events: '/v1/events',
      observations: '/v1/economic-data/series/PAYEMS/observations',
    };
    const read = (await program('duckdb.mjs', JSON.stringify(paths))) as Record<
      string,
      { rows: number; types: Record<string, string> }
    >;
    const typeOf = (column: string): Record<string, string> =>
      Object.fromEntries(
        Object.entries(read).flatMap(([name, { types }]) => (types[column] ? [[name, types[column]]] : [])),
      );
    for (const format of ['csv', 'ndjson']) {
      const published = typeOf('published_at');
      expect(published[`news.${format}`]).toMatch(/^TIMESTAMP/);
      expect(published[`oneArticle.${format}`]).toBe(published[`news.${format}`]);
    }
    expect(Object.values(typeOf('event_datetime')).every((type) => type.startsWith('TIMESTAMP'))).toBe(true);
    expect(Object.values(typeOf('timestamp')).every((type) => type.startsWith('TIMESTAMP'))).toBe(true);
    expect(new Set(Object.values(typeOf('day')))).toEqual(new Set(['DATE']));
    expect(new Set(Object.values(typeOf('volume')))).toEqual(new Set(['BIGINT']));
    expect([read['daily.csv']!.rows, read['daily.ndjson']!.rows]).toEqual([days, days]);
  });
});
