import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Column } from '../sql/columns.js';
import { TextFormat, type Numbers } from '../sql/format.js';
import { rowsOfObjects } from './object-rows.js';
import { PageRows } from './page-rows.js';
import { headerLine, jsonArray, jsonObjects, writeLines, writePage } from './write.js';

const column = (name: string, kind: Column['kind']): Column => ({
  property: name,
  name,
  kind,
  nullable: true,
  description: '',
});
const KINDS: Column['kind'][] = ['text', 'decimal', 'bigint', 'integer', 'boolean', 'instant', 'day', 'texts'];
const COLUMNS = KINDS.map((kind) => column(`a_${kind}`, kind));

/** A value as PostgreSQL sends it, and as the wire has it. */
interface Value {
  readonly sent: string | null;
  readonly json: unknown;
}

const digits = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
const fraction = fc.stringMatching(/^\d{0,8}$/);
const values: Record<string, fc.Arbitrary<Value>> = {
  text: fc.string({ unit: 'binary', maxLength: 80 }).map((text) => {
    const stored = text.replaceAll('\0', '');
    return { sent: stored, json: stored };
  }),
  decimal: fc.tuple(digits, fraction).map(([whole, part]) => {
    const sent = part === '' ? String(whole) : `${whole}.${part}`;
    return { sent, json: sent.includes('.') ? sent.replace(/\.?0+$/, '') : sent };
  }),
  bigint: digits.map((n) => ({ sent: String(n), json: String(n) })),
  integer: fc.integer().map((n) => ({ sent: String(n), json: n })),
  boolean: fc.boolean().map((is) => ({ sent: is ? 't' : 'f', json: is })),
  instant: fc
    .tuple(fc.date({ min: new Date('0001-01-01Z'), max: new Date('9999-12-31Z'), noInvalidDate: true }), fraction)
    .map(([at, part]) => {
      const seconds = at.toISOString().slice(0, 19);
      const rest = part.slice(0, 6).replace(/0+$/, '');
      const text = `${seconds}${rest && `.${rest}`}`;
      return { sent: `${text.replace('T', ' ')}+00`, json: `${text}Z` };
    }),
  day: fc.constantFrom('2025-10-31', '0001-01-01', '9999-12-31').map((day) => ({ sent: day, json: day })),
  texts: fc
    .array(fc.string({ maxLength: 9 }), { maxLength: 3 })
    .map((list) => ({ sent: JSON.stringify(list), json: list })),
};
const row = fc.tuple<Value[]>(
  ...KINDS.map((kind) => fc.option(values[kind]!, { nil: { sent: null, json: null }, freq: 6 })),
);

/** Rows as DataRow messages, with values before those of the columns, in one or two parts. */
function sentRows(rows: readonly Value[][], skipped: number, cut = rows.length): PageRows {
  const message = (row: readonly Value[]): Buffer => {
    const fields = [...Array<Value>(skipped).fill({ sent: '12', json: null }), ...row].map(({ sent }) => {
      const bytes = Buffer.from(sent ?? '');
      const length = Buffer.alloc(4);
      length.writeInt32BE(sent === null ? -1 : bytes.length);
      return Buffer.concat([length, bytes]);
    });
    const head = Buffer.alloc(7);
    head[0] = 0x44;
    head.writeUInt32BE(6 + fields.reduce((sum, { length }) => sum + length, 0), 1);
    head.writeUInt16BE(fields.length, 5);
    return Buffer.concat([head, ...fields]);
  };
  const part = (some: readonly Value[][]): { bytes: Buffer; count: number } => ({
    bytes: Buffer.concat(some.map(message)),
    count: some.length,
  });
  return new PageRows(COLUMNS, [part(rows.slice(0, cut)), part(rows.slice(cut))], skipped);
}

const isNumber = (i: number): boolean => KINDS[i] === 'decimal' || KINDS[i] === 'bigint';
/** A number literal keeps its digits only as text. */
const read = (text: string): unknown =>
  JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? { digits: context!.source } : value,
  );
const wanted = (value: unknown, i: number, numbers: Numbers): unknown => {
  if (value === null || (numbers === 'string' && isNumber(i))) return value;
  return isNumber(i) || KINDS[i] === 'integer' ? { digits: (value as number | string).toString() } : value;
};

const pages = fc.record({
  rows: fc.array(row, { maxLength: 6 }),
  skipped: fc.integer({ min: 1, max: 2 }),
  cut: fc.integer({ min: 0, max: 6 }),
  first: fc.integer({ min: 0, max: 7 }),
  numbers: fc.constantFrom<Numbers>('number', 'string'),
});

describe('a page', () => {
  it('is in JSON what was stored, whatever that is', () => {
    fc.assert(
      fc.property(pages, ({ rows, skipped, cut, first, numbers }) => {
        const page = sentRows(rows, skipped, cut).first(first);
        const shown = rows.slice(0, first);
        const objects = shown.map((row) =>
          Object.fromEntries(row.map(({ json }, i) => [COLUMNS[i]!.name, wanted(json, i, numbers)])),
        );
        const written = (format: TextFormat): string =>
          writePage(page, { columns: COLUMNS, format, numbers }).toString();
        expect(read(written(TextFormat.JSON))).toEqual(objects);
        const arrays = COLUMNS.map(({ name }) => [name, objects.map((object) => object[name])]);
        expect(read(written(TextFormat.COLUMNS))).toEqual(Object.fromEntries(arrays));
        const lines = written(TextFormat.NDJSON).split('\n').slice(0, -1);
        const instants = lines.map((line) => (read(line) as { a_instant: string | null }).a_instant);
        expect(lines.map((line) => ({ ...(read(line) as object), a_instant: null }))).toEqual(
          objects.map((object) => ({ ...object, a_instant: null })),
        );
        const fixed = shown.map((row) => {
          const [seconds, part = ''] = ((row[5]!.json as string | null) ?? '').slice(0, -1).split('.');
          return row[5]!.json === null ? null : `${seconds!}.${part.padEnd(6, '0')}Z`;
        });
        expect(instants).toEqual(fixed);
      }),
    );
  });

  it('is the same in every format where its rows are objects, and in lines', () => {
    fc.assert(
      fc.property(pages, ({ rows, skipped, cut, numbers }) => {
        const sent = sentRows(rows, skipped, cut);
        const objects = rows.map((row) => Object.fromEntries(row.map(({ json }, i) => [COLUMNS[i]!.property, json])));
        for (const format of Object.values(TextFormat)) {
          for (const columns of [COLUMNS, ...COLUMNS.map((one) => [one])]) {
            const rendering = { columns, format, numbers };
            const page = writePage(sent, rendering).toString();
            expect(writePage(rowsOfObjects(objects, columns), rendering).toString()).toBe(page);
            expect(headerLine(rendering) + writeLines(sent, rendering).toString()).toBe(page);
          }
        }
      }),
    );
  });

  it('is in CSV what a reader of CSV reads back', () => {
    fc.assert(
      fc.property(pages, ({ rows, skipped, cut }) => {
        const page = sentRows(rows, skipped, cut);
        const columns = COLUMNS.filter(({ kind }) => kind === 'text' || kind === 'decimal');
        const text = writePage(page, { columns, format: TextFormat.CSV, numbers: 'number' }).toString();
        expect(parsed(text).slice(1)).toEqual(rows.map(([first, second]) => [first!.json ?? '', second!.json ?? '']));
      }),
    );
  });

  it.each([
    ['NaN', 'decimal'],
    ['Infinity', 'decimal'],
    ['-Infinity', 'decimal'],
    ['infinity', 'instant'],
    ['-infinity', 'instant'],
    ['10000-01-01 00:00:00+00', 'instant'],
    ['0044-03-15 00:00:00+00 BC', 'instant'],
    ['infinity', 'day'],
    ['-infinity', 'day'],
    ['10000-01-01', 'day'],
    ['0044-03-15 BC', 'day'],
  ] as const)('has null for %s, which the wire cannot name, and nothing in CSV', (sent, kind) => {
    const columns = [column('x', kind)];
    const bytes = sentRows(
      [KINDS.map((each) => (each === kind ? { sent, json: null } : { sent: null, json: null }))],
      1,
    );
    const named = COLUMNS.find((each) => each.kind === kind)!;
    const write = (format: TextFormat): string =>
      writePage(bytes, { columns: [named], format, numbers: 'number' })
        .toString()
        .replaceAll(named.name, columns[0]!.name);
    expect(write('json')).toBe('[{"x":null}]');
    expect(write('ndjson')).toBe('{"x":null}\n');
    expect(write('columns')).toBe('{"x":[null]}');
    expect(write('csv')).toBe('x\n""\n');
    expect(bytes.reader<Record<string, unknown>>()(1)[0]![named.name]).toBeNull();
  });

  it('a value that ends the data for COPY, or is nothing, is quoted alone in its line', () => {
    const text = (sent: string | null): Value[] =>
      KINDS.map((kind) => ({ sent: kind === 'text' ? sent : null, json: null }));
    const page = sentRows([text('\\.'), text(''), text(null), text('a')], 1);
    const csv = writePage(page, { columns: [COLUMNS[0]!], format: 'csv', numbers: 'number' }).toString();
    expect(csv).toBe('a_text\n"\\."\n""\n""\na\n');
  });

  it('has members under the names of an operation, constants among them', () => {
    const page = sentRows([KINDS.map(() => ({ sent: null, json: null }))], 1);
    const members = [
      { name: '__typename', value: '"Bar"' },
      { name: 'alias', value: COLUMNS[0]! },
      { name: 'again', value: COLUMNS[0]! },
    ];
    expect(jsonObjects(page, members, 'number').toString()).toBe('[{"__typename":"Bar","alias":null,"again":null}]');
    expect(jsonArray(page, COLUMNS[1]!, 'number').toString()).toBe('[null]');
    expect(jsonObjects(page.first(0), members, 'number').toString()).toBe('[]');
  });
});

/** CSV by RFC 4180. */
function parsed(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const field = /"((?:[^"]|"")*)"(,|\n)|([^,\n]*)(,|\n)/gy;
  for (let match = field.exec(text); match; match = field.exec(text)) {
    row.push(match[1]?.replaceAll('""', '"') ?? match[3]!);
    if ((match[2] ?? match[4]) === '\n') {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}
