import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startApp, type TestApp } from '../support/app.js';
import { commandsOf, curlRequest } from '../support/curl.js';
import { sharedDatabase } from '../support/database.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const [, section] = /^## Files of columns$(.*?)^## /ms.exec(readFileSync(join(ROOT, 'docs/api.md'), 'utf8'))!;

let api: TestApp;
let url: string;
let home: string;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
  await api.app.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${(api.app.getHttpServer().address() as AddressInfo).port}`;
  home = mkdtempSync(join(tmpdir(), 'tetra-files-'));
});
afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  await api.close();
});

/** The code of the section in a language, without its comments, and these. */
function block(language: string, comment: string): { code: string; comments: string[] } {
  const [, body] = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'ms').exec(section!)!;
  const lines = body!.trimEnd().split('\n');
  const isComment = (line: string): boolean => line.startsWith(comment);
  return {
    code: lines.filter((line) => !isComment(line)).join('\n'),
    comments: lines.filter(isComment).map((line) => line.slice(comment.length).trim()),
  };
}

const node = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, args, { cwd: ROOT })).stdout.trimEnd();

describe('examples of docs/api.md about files of columns', () => {
  it('DuckDB runs the statement, and the types are those that are named', async () => {
    const { code, comments } = block('sql', '--');
    const { words } = commandsOf(block('sh', '#').code)[0]!;
    const file = join(home, 'daily.parquet');
    const from = curlRequest(words).url.replace(/^(http:\/\/)?localhost:3000/, url);
    const program = join(ROOT, 'test/clients/programs/duckdb-sql.mjs');
    const printed = await node(program, from, file, code.replace('daily.parquet', file));
    const { types, rows } = JSON.parse(printed) as { types: string[]; rows: unknown[][] };
    expect(rows.map(([symbol]) => symbol).sort()).toEqual(['AAPL', 'MSFT']);
    const named = comments.at(-1)!.split(/, (?=[a-z…])/);
    expect(named.length).toBeGreaterThan(5);
    for (const each of named.filter((one) => one !== '…')) expect(types).toContain(each);
  });

  it('apache-arrow prints what it is said to print', async () => {
    const { code, comments } = block('js', '//');
    expect(await node('--input-type=module', '-e', code.replace('http://localhost:3000', url))).toBe(
      comments.join('\n'),
    );
  });
});
