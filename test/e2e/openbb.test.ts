import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { startApp, symbolsRead, type TestApp } from '../support/app.js';
import { sharedDatabase } from '../support/database.js';

const OPENBB = 'https://pro.openbb.co';

interface Widget {
  readonly type: string;
  readonly endpoint: string;
  readonly data: {
    readonly defaultSymbol?: string;
    readonly dataKey: string;
    readonly table: { readonly columnsDefs: { readonly field: string }[] };
  };
  readonly params?: {
    readonly paramName: string;
    readonly value: string;
    readonly options?: { readonly value: string }[];
  }[];
}

let api: TestApp;
let widgets: Record<string, Widget>;
beforeAll(async () => {
  api = await startApp(sharedDatabase().reader, { CORS_ORIGINS: OPENBB });
  await symbolsRead(api);
  widgets = (await api.get('/widgets.json').expect(200)).body as Record<string, Widget>;
}, 60_000);
afterAll(() => api.close());

const text = { type: 'string', minLength: 1 };
const object = (properties: object, required: string[], more: object = {}): object => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
  ...more,
});

/** What OpenBB's references of widgets.json and apps.json say, as far as it is used here. */
const WIDGET = object(
  {
    name: text,
    description: text,
    category: text,
    endpoint: text,
    type: { enum: ['chart', 'table', 'markdown', 'metric', 'advanced_charting', 'live_grid', 'newsfeed', 'html'] },
    source: { type: 'array', items: text },
    gridData: object(
      { w: { type: 'integer', minimum: 10, maximum: 40 }, h: { type: 'integer', minimum: 4, maximum: 100 } },
      ['w', 'h'],
    ),
    data: { type: 'object' },
    params: {
      type: 'array',
      items: object(
        {
          type: { enum: ['date', 'text', 'ticker', 'number', 'boolean', 'endpoint', 'form'] },
          paramName: text,
          value: { type: ['string', 'number', 'boolean'] },
          label: text,
          description: text,
          options: { type: 'array', items: object({ label: text, value: text }, ['label', 'value']) },
        },
        ['type', 'paramName', 'value', 'label', 'description'],
      ),
    },
  },
  ['name', 'description', 'endpoint', 'type'],
);
const APPS = {
  type: 'array',
  minItems: 1,
  items: object(
    {
      name: text,
      description: text,
      img: { type: 'string' },
      img_dark: { type: 'string' },
      img_light: { type: 'string' },
      allowCustomization: { type: 'boolean' },
      prompts: { type: 'array', items: text },
      tabs: {
        type: 'object',
        additionalProperties: object(
          {
            id: text,
            name: text,
            layout: {
              type: 'array',
              items: object(
                {
                  i: text,
                  x: { type: 'integer', minimum: 0 },
                  y: { type: 'integer', minimum: 0 },
                  w: { type: 'integer' },
                  h: { type: 'integer' },
                },
                ['i', 'x', 'y', 'w', 'h'],
              ),
            },
          },
          ['id', 'name', 'layout'],
        ),
      },
      groups: {
        type: 'array',
        items: object(
          {
            name: { type: 'string', pattern: '^Group \\d+$' },
            type: { enum: ['param', 'endpointParam'] },
            paramName: text,
            defaultValue: text,
            widgetIds: { type: 'array', items: text },
          },
          ['name', 'type', 'paramName', 'widgetIds'],
        ),
      },
    },
    ['name', 'description', 'tabs', 'groups', 'allowCustomization', 'img'],
  ),
};

function check(schema: object, content: unknown): void {
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
  if (!ajv.validate(schema, content)) throw new Error(ajv.errorsText());
}

/** A day that OpenBB writes in place of a word of its own. */
const dayOf = (value: string): string =>
  value.replace('$currentDate-1y', '2019-04-18').replace('$currentDate', '2020-04-17');

it('widgets.json and apps.json are as OpenBB describes them', async () => {
  check({ type: 'object', additionalProperties: WIDGET }, widgets);
  check(APPS, (await api.get('/apps.json').expect(200)).body);
});

it('the app places widgets that there are, each once, without overlap', async () => {
  const { body } = await api.get('/apps.json').expect(200);
  const [{ tabs, groups }] = body as [
    {
      tabs: Record<string, { id: string; layout: { i: string; x: number; y: number; w: number; h: number }[] }>;
      groups: { paramName: string; widgetIds: string[] }[];
    },
  ];
  const placed = Object.entries(tabs).flatMap(([id, tab]) => {
    expect(tab.id).toBe(id);
    const cells = tab.layout.flatMap(({ x, y, w, h }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)} ${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...tab.layout.map(({ x, w }) => x + w))).toBeLessThanOrEqual(40);
    return tab.layout.map(({ i }) => i);
  });
  expect(placed.toSorted()).toEqual(Object.keys(widgets).toSorted());
  for (const { paramName, widgetIds } of groups)
    for (const id of widgetIds) expect(widgets[id]!.params!.map((param) => param.paramName)).toContain(paramName);
});

describe('a widget', () => {
  it('of a table has the columns of its rows, with every choice of its parameters', async () => {
    const tables = Object.values(widgets).filter(({ type }) => type === 'table');
    expect(tables.length).toBeGreaterThan(5);
    for (const { endpoint, params = [], data } of tables) {
      const choices = params.flatMap(({ paramName, options = [] }) =>
        options.map(({ value }) => ({ [paramName]: value })),
      );
      for (const chosen of [{}, ...choices]) {
        const asked = params.map(({ paramName, value }) => [
          paramName,
          dayOf((chosen as Record<string, string>)[paramName] ?? value),
        ]);
        const query = asked.map((pair) => pair.map((part) => encodeURIComponent(part)).join('=')).join('&');
        const { body } = await api.get(`/${endpoint}${query && `?${query}`}`, { Origin: OPENBB }).expect(200);
        const [row] = (body as Record<string, object[]>)[data.dataKey]!;
        expect(Object.keys(row!)).toEqual(expect.arrayContaining(data.table.columnsDefs.map(({ field }) => field)));
      }
    }
  });

  it('of a chart draws from the data feed', async () => {
    const chart = Object.values(widgets).find(({ type }) => type === 'advanced_charting')!;
    const { defaultSymbol } = chart.data;
    await api.get(`${chart.endpoint}/config`).expect(200);
    const { body } = await api.get(`${chart.endpoint}/symbols?symbol=${defaultSymbol!}`).expect(200);
    expect(body).toMatchObject({ name: defaultSymbol });
  });
});

it('pages of OpenBB may read them, with a key in a header of its own', async () => {
  const { headers } = await api.get('/widgets.json', { Origin: OPENBB }).expect(200);
  expect(headers['access-control-allow-origin']).toBe(OPENBB);
  const preflight = await api.app.inject({
    method: 'OPTIONS',
    url: '/widgets.json',
    headers: { origin: OPENBB, 'access-control-request-method': 'GET', 'access-control-request-headers': 'x-api-key' },
  });
  expect(preflight.statusCode).toBe(204);
  expect(preflight.headers['access-control-allow-headers']).toBe('x-api-key');
});

it('is closed where DOORS leaves it out, and takes no parameter', async () => {
  await api.get('/widgets.json?x=1').expect(400);
  const closed = await startApp(sharedDatabase().reader, { DOORS: 'udf,mcp' });
  try {
    await closed.get('/widgets.json').expect(404);
  } finally {
    await closed.close();
  }
});
