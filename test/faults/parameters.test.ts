import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { parseDay, parseStart } from '../../src/base/time.js';
import { afterwards, Api } from './support/api.js';
import { Cluster } from './support/cluster.js';
import { anyText, encoded } from './support/hostile.js';
import { figure } from './support/wait.js';

interface Schema {
  type?: string;
  anyOf?: Schema[];
  enum?: string[];
  items?: Schema;
}
interface Parameter {
  name: string;
  in: 'query' | 'path';
  schema: Schema;
}

/** Cases in all; the seed is printed when one fails. */
const CASES = Number(process.env.TETRA_FAULTS_CASES ?? 5000);

const document = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as {
  paths: Record<string, { get?: { parameters?: Parameter[]; responses: Record<string, { content?: object }> } }>;
};

const ajv = new Ajv2020({
  strict: false,
  formats: {
    date: (text: string) => parseDay(text) !== null,
    'date-time': (text: string) => parseStart(text) !== null && text.includes('T'),
  },
});

/** The items of a list as the document describes it, one letter at a time; null where it is none. */
function names(text: string): string[] | null {
  const items: string[] = [];
  for (let at = 0, more = true; more; at += 1) {
    let item = '';
    if (text[at] === '"') {
      for (at += 1; text[at] !== '"' || text[at + 1] === '"'; at += 1) {
        if (at >= text.length) return null;
        item += text[at]!;
        if (text[at] === '"') at += 1;
      }
      at += 1;
    } else for (; at < text.length && text[at] !== ','; at += 1) item += text[at]!;
    if (item.trim() === '' || (at < text.length && text[at] !== ',')) return null;
    items.push(item);
    more = at < text.length;
  }
  return items;
}

/** Whether the document lets a parameter have this text. */
function accepts(schema: Schema, text: string): boolean {
  if (schema.anyOf) return schema.anyOf.some((each) => accepts(each, text));
  if (schema.type === 'integer') return /^-?\d{1,15}$/.test(text) && ajv.validate(schema, Number(text));
  if (schema.type === 'boolean') return text === 'true' || text === 'false';
  if (schema.type === 'array') {
    const items = names(text);
    return items !== null && ajv.validate(schema, items);
  }
  return ajv.validate(schema, text);
}

/** Texts near the edge of what a schema lets through. */
function near(schema: Schema): string[] {
  if (schema.anyOf) return schema.anyOf.flatMap(near);
  const { minimum, maximum } = schema as { minimum?: number; maximum?: number };
  return [
    ...(schema.enum ?? []),
    ...[minimum, maximum].flatMap((n) => (n === undefined ? [] : [n - 1, n, n + 1].map(String))),
  ];
}

/** What a value may be refused for though its schema lets it be: what no schema can say, by the codes that say it. */
const BEYOND = new Set(['invalid_page_token', 'window_too_large']);
const REFUSABLE: Record<string, RegExp> = {
  fields: /^fields names a column that is not there|twice/,
  frequency: /is higher than that of/,
  limit: /^limit=all needs format=/,
  sort_by: /needs q/,
  // What the data hold, no schema can say.
  event_type: /is not in the data/,
  country: /is not in the data/,
  currency: /is not in the data/,
  symbol: /is not in the data/,
  timeframe: /is not in the data|is not stored and cannot be made/,
  source: /is not in the data/,
  sources: /is not in the data/,
  q: /no word that can be searched for/,
  // The grammar of conditions, and what goes with what.
  where: /^where(, character \d+:| takes at most)/,
  sort: /^sort: there is no column/,
  layout: /goes with symbols and a window/,
  field: /goes with layout=wide/,
  align: /goes with layout=wide/,
  tz: /is no time zone that the database knows|^Stored bars begin/,
  max_points: /^No timeframe that can be made/,
  indicators: /^indicators(, character \d+:| names | go with one symbol| are computed)/,
  // 9999-12-31, after which there is no day that a four-digit year can name.
  start: /^start must be before/,
  date: /^start must be before/,
};

const routes = Object.entries(document.paths)
  .filter(([path]) => path.startsWith('/v1/') && !path.includes('monitoring'))
  // A stream of events does not end.
  .filter(([, { get }]) => 'application/json' in (get?.responses['200']?.content ?? {}))
  .map(([path, { get }]) => ({ path, parameters: get?.parameters ?? [] }));
/** What a route needs beside the parameter under test. */
const NEEDED: Record<string, string> = {
  '/v1/market-data/latest': 'symbols=AAPL',
  '/v1/market-data/bars': 'symbols=AAPL',
  '/v1/market-data/daily': 'symbols=AAPL',
  '/v1/market-data/gaps': 'symbols=AAPL',
  '/v1/market-data/condition': 'symbols=AAPL',
  '/v1/market-data/compare': 'symbols=AAPL',
  '/v1/economic-data/observations': 'series=PAYEMS',
  '/v1/events/study': 'event_type=earnings',
  '/v1/events/{id}/reaction': 'symbol=AAPL',
};
/** What there is for the path of each route that has a parameter in it. */
const existing = new Map<string, string>();

let cluster: Cluster;
let api: Api;
beforeAll(async () => {
  cluster = await Cluster.start();
  api = await Api.start(cluster.url(), { LOG_LEVEL: 'warn' });
  await afterwards(api, cluster, 20_000);
  for (const { path } of routes.filter((route) => route.path.includes('{'))) {
    existing.set(path, path.includes('{symbol}') ? 'AAPL' : path.includes('series') ? 'PAYEMS' : await firstId(path));
  }
}, 120_000);
afterAll(async () => {
  await api?.stop();
  await cluster?.remove();
});

/** The id of the first row of the list that a route belongs to. */
async function firstId(path: string): Promise<string> {
  const { text } = await api.call(`${path.slice(0, path.indexOf('/{id}'))}?limit=1&fields=id`);
  return (JSON.parse(text) as { data: { id: string }[] }).data[0]!.id;
}

/** The shapes of the statements that the API has sent. */
async function shapes(): Promise<number> {
  return cluster.admin(async (client) => {
    await client.query('create extension if not exists pg_stat_statements');
    const { rows } = await client.query<{ n: number }>(
      `select count(distinct queryid)::int as n from pg_stat_statements s join pg_roles r on r.oid = s.userid where rolname = 'tetra_reader'`,
    );
    return rows[0]!.n;
  });
}

describe('any text in any parameter', () => {
  it('is never a 5xx, and is a 200 exactly where the document lets it be', async () => {
    const results: Record<string, number> = {};
    const disagreements = new Set<string>();
    const cases = routes.flatMap(({ path, parameters }) =>
      parameters.filter((parameter) => parameter.in === 'query').map((parameter) => ({ path, parameter })),
    );
    const testCase = fc.constantFrom(...cases).chain(({ path, parameter }) =>
      fc.record({
        path: fc.constant(path),
        parameter: fc.constant(parameter),
        text: fc.oneof(
          anyText,
          ...(near(parameter.schema).length > 0 ? [fc.constantFrom(...near(parameter.schema))] : []),
        ),
      }),
    );
    await fc.assert(
      fc.asyncProperty(testCase, async ({ path, parameter: { name, schema }, text }) => {
        const resolved = path.replace(/\{\w+\}/, () => existing.get(path)!);
        const needed = NEEDED[path] && !NEEDED[path].startsWith(`${name}=`) ? `${NEEDED[path]}&` : '';
        const { status, text: body } = await api.call(`${resolved}?${needed}${name}=${encoded(text)}`);
        results[status] = (results[status] ?? 0) + 1;
        if (status >= 500) return void disagreements.add(`${status} for ${name}=${JSON.stringify(text)}: ${body}`);
        const good = status === 200 || status === 304 || status === 404;
        // What arrives is what UTF-8 could carry.
        const arrived = Buffer.from(text, 'utf8').toString();
        const allowed = arrived.trim() !== '' && !/[\0\uD800-\uDFFF]/u.test(arrived) && accepts(schema, arrived);
        if (good && !allowed)
          disagreements.add(
            `${status} for ${path} ${name}=${JSON.stringify(text.slice(0, 80))}, which the document refuses`,
          );
        if (!good && allowed) {
          if (status === 431 || status === 414) return;
          const { code, detail } = JSON.parse(body) as { code: string; detail: string };
          if (!BEYOND.has(code) && !REFUSABLE[name]?.test(detail))
            disagreements.add(
              `${status} ${code} (${detail}) for ${path} ${name}=${JSON.stringify(text.slice(0, 80))}, which the document allows`,
            );
        }
      }),
      { numRuns: CASES },
    );
    expect([...disagreements].slice(0, 20)).toEqual([]);
    figure('parameters', {
      cases: CASES,
      results: JSON.stringify(results),
      'recovery ms': await afterwards(api, cluster),
    });
  }, 300_000);

  it('in a path is never a 5xx', async () => {
    const named = routes.filter(({ path }) => path.includes('{'));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...named), anyText, async ({ path }, text) => {
        const { status, text: body } = await api.call(path.replace(/\{\w+\}/, encoded(text)));
        if (![200, 304, 400, 404, 414, 431].includes(status)) throw new Error(`${status}: ${body}`);
      }),
      { numRuns: Math.ceil(CASES / 10) },
    );
  }, 120_000);

  it('never changes the shape of a statement', async () => {
    const before = await shapes();
    const injections = [
      "'",
      "';--",
      "' or 1=1 --",
      '") --',
      '$1',
      '\\',
      "'||(select version())||'",
      '%27',
      ')',
      '/**/',
    ];
    const parameters = [
      'source',
      'timeframe',
      'search',
      'q',
      'sources',
      'author',
      'country',
      'event_type',
      'symbol',
      'sort',
      'fields',
    ];
    for (const text of injections) {
      for (const { path, parameters: known } of routes) {
        for (const { name } of known.filter((each) => parameters.includes(each.name) && each.in === 'query')) {
          const needed = NEEDED[path] ? `${NEEDED[path]}&` : '';
          const { status } = await api.call(`${path.replace(/\{\w+\}/g, 'AAPL')}?${needed}${name}=${encoded(text)}`);
          expect(status).toBeLessThan(500);
        }
      }
    }
    // Routes that were never asked like this send statements of their own; none for each text.
    expect((await shapes()) - before).toBeLessThan(injections.length);
  }, 120_000);
});

describe('parameters that are not there, twice there, or not text', () => {
  it('are refused with 400', async () => {
    for (const { path } of routes) {
      const resolved = path.replace(/\{(\w+)\}/g, 'AAPL');
      for (const query of [
        'nothing=1',
        'limit=1&limit=2',
        'sort=asc&sort=asc',
        'limit[gt]=1',
        'limit=',
        'LIMIT=1',
        '__proto__=1',
        'constructor=1',
      ]) {
        const { status } = await api.call(`${resolved}?${query}`);
        expect([resolved, query, [400, 404].includes(status)]).toEqual([resolved, query, true]);
      }
    }
  });
});
