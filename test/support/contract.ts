import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import type { Response } from 'supertest';
import { parseDay, parseInstant } from '../../src/base/time.js';

interface Operation {
  readonly responses: Record<string, { $ref?: string; content?: Record<string, unknown> }>;
}

const document = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as {
  paths: Record<string, { get?: Operation }>;
  components: { responses: Record<string, { content: Record<string, unknown> }>; schemas: Record<string, object> };
};

// A column that the document does not know is a fault, though the document lets clients meet new ones.
for (const schema of Object.values(document.components.schemas)) {
  if (!('additionalProperties' in schema)) Object.assign(schema, { additionalProperties: false });
}

const ajv = new Ajv2020({
  strict: false,
  allErrors: true,
  formats: {
    date: (text: string) => parseDay(text) !== null,
    'date-time': (text: string) => parseInstant(text) !== null,
    uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    int32: true,
    int64: true,
    double: true,
    decimal: true,
  },
});
ajv.addSchema(document, 'openapi');

const routes = Object.entries(document.paths)
  .flatMap(([path, { get }]) => (get ? [{ path, get }] : []))
  // What is written out comes before what a parameter could be.
  .sort((a, b) => Number(a.path.includes('{')) - Number(b.path.includes('{')))
  .map((route) => ({ ...route, pattern: new RegExp(`^${route.path.replace(/\{\w+\}/g, '[^/]+')}$`) }));

const compiled = new Map<string, ValidateFunction>();

function validator(...names: string[]): ValidateFunction {
  const $ref = `openapi#/${names.map((name) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
  let known = compiled.get($ref);
  if (!known) compiled.set($ref, (known = ajv.compile({ $ref })));
  return known;
}

/**
 * Holds an answer against the OpenAPI document: its status, its media type and its JSON.
 * @throws Error that says where the two differ
 */
export function checkAnswer(url: string, { status, type, body }: Pick<Response, 'status' | 'type' | 'body'>): void {
  const path = url.split('?', 1)[0]!;
  const route = routes.find(({ pattern }) => pattern.test(path));
  if (!route || route.path.startsWith('/health') || status === 405) return;
  const fail = (what: string): never => {
    throw new Error(`${url} (${route.path}, ${status}) is not what openapi.json says: ${what}`);
  };
  const response = route.get.responses[status] ?? fail('the status is not documented');
  if (response.$ref) {
    const validate = validator('components', 'schemas', 'Problem');
    if (type !== 'application/problem+json') fail(`a problem of type ${type}`);
    if (!validate(body)) fail(ajv.errorsText(validate.errors));
    return;
  }
  if (!response.content) return;
  if (!(type in response.content)) fail(`the type ${type} is not documented`);
  if (type !== 'application/json') return;
  const validate = validator('paths', route.path, 'get', 'responses', String(status), 'content', type, 'schema');
  if (!validate(body)) fail(ajv.errorsText(validate.errors));
}
