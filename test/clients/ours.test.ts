import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startApp, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = join(HERE, '../..');
const PYTHON = '/usr/bin/python3';
const python = spawnSync(PYTHON, ['-c', 'import pandas, requests']).status === 0 ? it : it.skip;

interface Operation {
  operationId: string;
  parameters?: { name: string }[];
  responses: Record<string, { content?: object }>;
}
const { paths } = JSON.parse(readFileSync(join(ROOT, 'openapi.json'), 'utf8')) as {
  paths: Record<string, { get?: Operation }>;
};
/** Operations that answer with JSON or events, and their parameters but those that a client chooses itself. */
const operations = Object.entries(paths).flatMap(([path, { get }]) =>
  path.startsWith('/v1/') && get && /"(application.json|text.event-stream)"/.test(JSON.stringify(get.responses['200']))
    ? [
        {
          name: get.operationId,
          parameters: (get.parameters ?? [])
            .map(({ name }) => name)
            .filter((name) => !['format', 'numbers', 'page_token'].includes(name))
            .map((name) => name.toLowerCase().replaceAll('-', '_')),
        },
      ]
    : [],
);

let api: TestApp;
let url: string;
let home: string;
let busy: Server;
/** The first request of the busy server for each path is refused for now; what it was asked with is kept. */
const keys: (string | undefined)[] = [];
const refused = new Set<string>();
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
  await api.app.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${(api.app.getHttpServer().address() as AddressInfo).port}`;
  busy = createServer((request, response) => {
    keys.push(request.headers.authorization);
    const { pathname } = new URL(request.url!, url);
    if (!refused.delete(pathname)) {
      refused.add(pathname);
      response.writeHead(503, { 'Retry-After': '7', 'Content-Type': 'application/problem+json' });
      response.end(JSON.stringify({ code: 'overloaded', detail: 'Too many.', hint: 'Try again.' }));
      return;
    }
    void fetch(url + request.url!, { headers: { accept: request.headers.accept! } }).then(async (answer) => {
      response.writeHead(answer.status, { 'Content-Type': answer.headers.get('content-type')! });
      response.end(await answer.text());
    });
  });
  await new Promise<void>((done) => busy.listen(0, '127.0.0.1', done));
  home = mkdtempSync(join(tmpdir(), 'tetra-ours-'));
  writeFileSync(join(home, 'package.json'), '{"type":"module"}');
  for (const folder of ['clients/typescript', 'clients/python', 'test/clients/programs'])
    cpSync(join(ROOT, folder), home, { recursive: true, filter: (name) => !name.includes('__pycache__') });
  symlinkSync(join(ROOT, 'node_modules/@types'), join(home, 'types-of-node'));
});
afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  busy.close();
  await api.close();
});

async function run(command: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, NODE_NO_WARNINGS: '1', TZ: 'America/New_York', PYTHONDONTWRITEBYTECODE: '1' };
  const done = promisify(execFile)(command, args, { cwd: home, env, maxBuffer: 1 << 26 });
  const { stdout } = await done.catch((error: unknown) => {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')}\n${(stdout + stderr).slice(0, 4000)}`);
  });
  return stdout;
}

const compile = (...files: string[]): Promise<string> =>
  run(join(HERE, 'node_modules/.bin/tsc'), [
    ...['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--skipLibCheck'],
    ...['--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,dom', '--allowImportingTsExtensions'],
    ...['--erasableSyntaxOnly', '--typeRoots', 'types-of-node', '--types', 'node', ...files],
  ]);

/** The block of a language in a client's README, for the server under test, and what its comments say it prints. */
function exampleOf(folder: string, language: string, comment: string): { program: string; prints: string[] } {
  const text = readFileSync(join(ROOT, 'clients', folder, 'README.md'), 'utf8');
  const [, program] = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'ms').exec(text)!;
  // What is printed stands below what prints it; other comments stand above what they are about.
  const lines = program!.split('\n');
  const prints: string[] = [];
  for (const [i, line] of lines.entries())
    if (line.startsWith(comment) && i > 0 && lines[i - 1] !== '') prints.push(line.slice(comment.length));
  return { program: program!.replaceAll('http://localhost:3000', url), prints };
}

const overloaded = ['overloaded', null, 'Try again.'];

describe('clients/python', () => {
  python('has frames with the right types, exact decimals, problems, tries and every route', async () => {
    const busyUrl = `http://127.0.0.1:${(busy.address() as AddressInfo).port}`;
    const found = JSON.parse(await run(PYTHON, ['ours.py', url, busyUrl])) as Record<string, unknown>;
    const bars = { day: 'datetime64[ns]', open: 'float64', close: 'float64', volume: 'Int64', vwap: 'float64' };
    expect(found).toMatchObject({
      daily: { ...bars, symbol: 'object', is_partial: 'boolean', sma_20: 'float64' },
      empty: bars,
      symbols: { first_day: 'datetime64[ns]', days: 'Int64', has_ended: 'boolean', as_of: 'datetime64[ns, UTC]' },
      events: { event_datetime: 'datetime64[ns, UTC]', impact_level: 'Int64', actual: 'float64' },
      wide: { day: 'datetime64[ns]', AAPL: 'float64', KO: 'float64' },
      sums: ['734165.807863', '734165.807863'],
      types: ['Decimal', 'NoneType', 'bool', 'date', 'int', 'str'],
      article: 'datetimeUTC',
      unknown: ['SymbolNotFound', 404, 'symbol_not_found', 'symbol', 'Did you mean AAPL?'],
      wrong: ['InvalidParameter', 400, 'invalid_parameter', 'start', null],
      empty_object: [true],
      waited: [2, [7]],
      hasty: ['Overloaded', 503, ...overloaded],
    });
    const { rows, paged, limited, volume } = found as Record<string, number[]>;
    expect(paged).toEqual([rows, rows]);
    expect(limited).toEqual([limited![0], limited![0], 7]);
    expect(volume![0]).toBe(volume![1]);
    const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const sorted = operations.map(({ name, parameters }) => [snake(name), [...parameters].sort()] as const);
    const methods = Object.entries(found.methods as Record<string, string[]>);
    expect(Object.fromEntries(methods.map(([name, names]) => [name, names.sort()]))).toEqual(
      Object.fromEntries(sorted),
    );
    expect(keys.slice(-3)).toEqual(['Bearer a key', 'Bearer a key', undefined]);
  });

  python('prints what its README says', async () => {
    const { program, prints } = exampleOf('python', 'python', '# ');
    writeFileSync(join(home, 'example.py'), program);
    expect((await run(PYTHON, ['example.py'])).trimEnd().split('\n')).toEqual(prints);
  });
});

describe('clients/typescript', () => {
  it('compiles, reads lists by page and whole, exact or as doubles, and tries again', async () => {
    refused.clear();
    await compile('ours.ts', 'listen.ts');
    const busyUrl = `http://127.0.0.1:${(busy.address() as AddressInfo).port}`;
    const found = JSON.parse(await run(process.execPath, ['ours.ts', url, busyUrl])) as { rows: number[] };
    expect(found).toMatchObject({
      texts: true,
      first: '2510.030029',
      newest: 'number',
      averages: ['number', 'number'],
      unknown: [404, 'symbol_not_found', 'symbol', 'Did you mean AAPL?'],
      wrong: [400, 'invalid_parameter', 'start', null],
      waited: [2, [7000]],
      hasty: [503, ...overloaded],
    });
    expect(found.rows[0]).toBe(found.rows[1]);
    expect(found.rows[0]).toBeGreaterThan(1000);
    expect(keys.slice(-3)).toEqual(['Bearer a key', 'Bearer a key', undefined]);
  });

  it('has a method for every route', () => {
    const text = readFileSync(join(ROOT, 'clients/typescript/operations.ts'), 'utf8');
    const methods = [...text.matchAll(/^ {2}(\w+)(?:<.*>)?\(/gm)].map(([, name]) => name!);
    expect(methods).toEqual(operations.map(({ name }) => name));
  });

  it('prints what its README says', async () => {
    const { program, prints } = exampleOf('typescript', 'ts', '// ');
    writeFileSync(join(home, 'example.ts'), program);
    await compile('example.ts');
    expect((await run(process.execPath, ['example.ts'])).trimEnd().split('\n')).toEqual(prints);
  });
});
