import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { ERRORS } from '../../src/base/errors.js';
import { Config } from '../../src/config/config.js';
import { startApp, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';
import { commandsOf, curlRequest } from '../support/curl.js';

let api: TestApp;
let base: string;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader);
  await api.app.listen(0, '127.0.0.1');
  base = await api.app.getUrl();
});
afterAll(() => api.close());

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

/** The code blocks of a language in the documents for those who call the API. */
function blocks(...languages: string[]): string[] {
  const text = ['README.md', 'docs/api.md'].map(read).join('\n');
  return [...text.matchAll(/^ *```(\w+)\n(.*?)^ *```$/gms)]
    .filter(([, language]) => languages.includes(language!))
    .map(([, , body]) => body!);
}

const HERE = /^(http:\/\/)?localhost:3000\//;

/** The status that a comment of an example names. */
const statusIn = (comment: string): number => Number(/\b([345]\d\d)\b/.exec(comment)?.[1] ?? 200);

const curls = blocks('sh')
  .flatMap(commandsOf)
  .filter(({ words }) => words[0] === 'curl')
  .map(({ words, comment }) => ({ ...curlRequest(words), status: statusIn(comment) }));

describe('examples in README.md and docs/api.md', () => {
  it('are found', () => expect(curls.length).toBeGreaterThan(30));

  it.each(curls.map((one) => [one.url, one] as const))('curl %s', async (url, { method, headers, body, status }) => {
    expect(url).toMatch(HERE);
    const answer = await fetch(url.replace(HERE, `${base}/`), { method, headers, body: body ?? null });
    // What never ends is read no further.
    if (answer.headers.get('content-type')?.startsWith('text/event-stream')) await answer.body!.cancel();
    else await answer.text();
    expect(answer.status).toBe(status);
  });

  const urls = blocks('python', 'r', 'sql').flatMap((block) => {
    const status = /# (4\d\d)\b/.exec(block)?.[1] ?? '200';
    const found = [...block.matchAll(/['"](http:\/\/localhost:3000\/v1[^'"]*)['"]/g)];
    return found.map(([, url]) => [url!, Number(status)] as const);
  });
  it.each(urls)('what a program reads, %s', async (url, status) => {
    const answer = await fetch(url.replace(HERE, `${base}/`));
    if (answer.headers.get('content-type')?.startsWith('text/event-stream')) await answer.body!.cancel();
    else await answer.text();
    expect(answer.status).toBe(status);
  });

  const operations = blocks('graphql').map((query) => query.replace(/\s+/g, ' '));
  it.each(operations)('GraphQL %s', async (query) => {
    const { body } = (await api.graphql(query)) as { body: { errors?: unknown } };
    expect(body.errors).toBeUndefined();
  });
});

it('docs/api.md names every code of an error that a client can get', () => {
  const text = read('docs/api.md');
  const codes = Object.entries(ERRORS).filter(([, { status }]) => status !== 499);
  for (const [code, { status }] of codes) {
    const row = text.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${code}\``));
    expect(row ?? `no row for ${code}`).toContain(String(status));
  }
});

const defaults: Record<string, unknown> = { ...new Config() };
// One variable is set by the process that starts the workers.
const variables = Object.keys(defaults).filter((name) => name !== 'TETRA_WORKER');

it.each(['docs/configuration.md', '.env.example'])('%s has every variable of the environment', (file) => {
  const text = read(file);
  expect(variables.length).toBeGreaterThan(40);
  expect(variables.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
});

it('docs/configuration.md has the defaults', () => {
  const rows = read('docs/configuration.md').matchAll(/^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) +\| ([^|]*)\|/gm);
  const said = [...rows].flatMap(([, names, values]) => {
    const texts = values!.replaceAll('`', '').trim().split(', ');
    return names!
      .replaceAll('`', '')
      .split(', ')
      .map((name, i) => [name, texts[i]] as const);
  });
  expect(said.length).toBeGreaterThan(40);
  for (const [name, value] of said) expect([name, value]).toEqual([name, String(defaults[name] ?? '')]);
});
