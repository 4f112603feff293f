// Writes of openapi.json what the clients have of it: types and methods, in clients/typescript/operations.ts, and the
// part of clients/python/tetra.py between its two marks. With --check it writes nothing and fails where one differs.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const TYPESCRIPT = 'clients/typescript/operations.ts';
const PYTHON = 'clients/python/tetra.py';
/** The clients choose these themselves. */
const OWN = new Set(['format', 'numbers', 'page_token', 'Last-Event-ID']);

/** A bar is stored, with a source, or made of others, with how many: the request decides. */
const SOMETIMES = { Bar: ['source', 'bars', 'is_partial'] };

const { paths, components } = JSON.parse(readFileSync(at('openapi.json'), 'utf8'));
const refOf = (schema) => schema?.$ref?.split('/').at(-1);

/** The name of the row of an answer's `data`, and whether there are many. */
function rowsOf(data) {
  const [first = data] = data.anyOf ?? [];
  const nullable = data.anyOf?.some(isNull) ?? false;
  return { many: first.type === 'array', row: refOf(first.items ?? first), nullable };
}
const isNull = ({ type }) => type === 'null';

const operations = Object.entries(paths).flatMap(([path, { get }]) => {
  const content = get?.responses['200'].content ?? {};
  const answer = content['application/json']?.schema;
  const stream = 'text/event-stream' in content;
  if (!path.startsWith('/v1/') || !(answer || stream)) return [];
  const parameters = get.parameters ?? [];
  const own = (name) => parameters.some((parameter) => parameter.name === name);
  const limit = parameters.find(({ name }) => name === 'limit')?.schema;
  return [
    {
      name: get.operationId,
      path,
      about: get.summary ?? get.description ?? get.operationId,
      stream,
      // A stream sends what its route of one row answers.
      ...(stream ? { row: 'Bar', many: true } : rowsOf(answer.properties.data)),
      pageRows: own('page_token') ? limit.anyOf.find(({ type }) => type === 'integer').maximum : null,
      frames: 'text/csv' in content,
      parameters: parameters.filter(({ name }) => !OWN.has(name)),
    },
  ];
});

/** A column's kind, of which both languages have a type. */
function kindOf(schema) {
  const type = [schema.type].flat().find((name) => name !== 'null');
  if (schema.$ref || schema.anyOf) return 'object';
  if (type === 'array') return schema.items.$ref ? 'object' : 'texts';
  if (type === 'string') return { date: 'day', 'date-time': 'instant' }[schema.format] ?? 'text';
  if (type === 'boolean') return 'boolean';
  if (schema.format === 'decimal') return 'decimal';
  if (schema.format === 'int64' && [schema.type].flat().includes('string')) return 'bigint';
  return type === 'integer' || schema.format?.startsWith('int') ? 'integer' : 'double';
}

const mayBeNull = (schema) => [schema.type].flat().includes('null') || (schema.anyOf?.some(isNull) ?? false);
const words = (name) => name.split(/[-_]|(?=[A-Z])/).map((word) => word.toLowerCase());
const camel = (name) =>
  words(name)
    .map((word) => word[0].toUpperCase() + word.slice(1))
    .join('');
const snake = (name) => words(name).join('_');
const oneLine = (text) => text.replace(/\s+/g, ' ').trim();

/** Rows, with what they hold, in the order of their names. */
const schemas = [...reached(operations.map(({ row }) => row))].sort();
function reached(names, found = new Set()) {
  for (const name of names) {
    if (found.has(name)) continue;
    found.add(name);
    const used = JSON.stringify(components.schemas[name]).matchAll(/"#\/components\/schemas\/(\w+)"/g);
    reached(
      [...used].map(([, next]) => next),
      found,
    );
  }
  return found;
}
/** Whether a row has decimals, itself or in what it holds. */
const hasDecimals = (name) =>
  /"decimal"|"pattern":"\^-\?\[0-9\]\+\$"/.test(
    [...reached([name])].map((row) => JSON.stringify(components.schemas[row])).join(),
  );
const ofNumbers = (name, by = 'N') => (hasDecimals(name) ? `${name}<${by}>` : name);

// TypeScript

const SCALARS = {
  text: 'string',
  day: 'string',
  instant: 'string',
  boolean: 'boolean',
  integer: 'number',
  double: 'number',
  decimal: 'N',
  bigint: 'N',
  texts: 'string[]',
};

function typeOf(schema) {
  if (schema.$ref) return ofNumbers(refOf(schema));
  const nullable = mayBeNull(schema) ? ' | null' : '';
  if (schema.anyOf)
    return (
      schema.anyOf
        .filter((one) => !isNull(one))
        .map(typeOf)
        .join(' | ') + nullable
    );
  if (schema.items?.$ref) return `${typeOf(schema.items)}[]${nullable}`;
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  return SCALARS[kindOf(schema)] + nullable;
}

function rowType(name) {
  const { properties } = components.schemas[name];
  const lines = Object.entries(properties).map(
    ([column, schema]) =>
      `${schema.description ? `/** ${oneLine(schema.description)} */\n` : ''}${column}${schema['x-on-request'] || SOMETIMES[name]?.includes(column) ? '?' : ''}: ${typeOf(schema)};`,
  );
  return `export interface ${hasDecimals(name) ? `${name}<N>` : name} {\n${lines.join('\n')}\n}`;
}

function parameterType({ name, schema, required }) {
  const integer = schema.anyOf?.find(({ type }) => type === 'integer') ?? schema;
  let type = 'string';
  if (name === 'fields') type = 'readonly F[]';
  else if (schema.type === 'array')
    type = `readonly ${schema.items.enum ? `(${schema.items.enum.map((v) => `'${v}'`).join(' | ')})` : 'string'}[]`;
  else if (schema.enum) type = schema.enum.map((value) => `'${value}'`).join(' | ');
  else if (integer.type === 'integer') type = 'number';
  else if (schema.type === 'boolean') type = 'boolean';
  return `${name}${required ? '' : '?'}: ${type};`;
}

/** Rows of a route with columns by name: those of indicators, symbols or series. */
const isOpen = ({ row }) => Boolean(components.schemas[row].additionalProperties);

function method(operation) {
  const { name, about, parameters, row, many } = operation;
  const keys = `keyof ${ofNumbers(row)}`;
  const selects = parameters.some((parameter) => parameter.name === 'fields');
  const needed = parameters.some(({ required }) => required) ? '' : ' = {}';
  const lines = parameters.map(
    (parameter) =>
      `/** ${parameter.name === 'limit' && operation.pageRows ? 'Rows altogether; without it all.' : oneLine(parameter.description)} */\n${parameterType(parameter)}`,
  );
  const selected = selects ? `Selected<${ofNumbers(row)}, F>` : ofNumbers(row);
  const generic = selects ? `<F extends ${isOpen(operation) ? 'string' : keys} = never>` : '';
  const result = operation.stream
    ? `Events<${selected}>`
    : many
      ? `List<${selected}>`
      : `Promise<${selected}${nullOf(operation)}>`;
  if (operation.stream)
    return `/** ${oneLine(about)} */\n${name}${generic}(params: {\n${lines.join('\n')}\n}, options: StreamOptions = {}): ${result} {\nreturn this.events(${JSON.stringify(operation.path)}, params, options);\n}`;
  const call = many
    ? `this.rows(${JSON.stringify(operation.path)}, params, ${operation.pageRows})`
    : `this.row(${JSON.stringify(operation.path)}, params)`;
  const declared = lines.length ? `params: {\n${lines.join('\n')}\n}${needed}` : '';
  return `/** ${oneLine(about)} */\n${name}${generic}(${declared}): ${result} {\nreturn ${lines.length ? call : call.replace('params', '{}')};\n}`;
}
const nullOf = ({ nullable }) => (nullable ? ' | null' : '');

const codes = components.schemas.Problem.properties.code.enum;
const typescript = await format(
  `// Generated by \`npm run generate\` from openapi.json; do not edit.
import { Client, type Events, type List, type Selected, type StreamOptions } from './client.ts';

/** What \`code\` of a problem can be. */
export type ProblemCode = ${codes.map((code) => `'${code}'`).join(' | ')};

${schemas.map(rowType).join('\n\n')}

/** Every route as a method; \`N\` is what decimals and 64-bit integers are: numbers, or exact texts. */
export class Operations<N extends number | string> extends Client {
${operations.map(method).join('\n\n')}
}
`,
  { ...(await resolveConfig(at(TYPESCRIPT))), parser: 'typescript' },
);

// Python

const INSTANT = 'Union[str, date, datetime]';
function hintOf({ name, schema }) {
  if (schema.type === 'array') return 'Union[str, Sequence[str]]';
  if (schema.enum) return `Literal[${schema.enum.map((value) => `"${value}"`).join(', ')}]`;
  if (name === 'limit' || schema.type === 'integer') return 'int';
  if (schema.type === 'boolean') return 'bool';
  return schema.format === 'date' || schema.anyOf ? INSTANT : 'str';
}

function pythonMethod(operation) {
  const { name, path, about, parameters, row, many, pageRows, stream } = operation;
  const required = parameters.filter((parameter) => parameter.required);
  const optional = parameters.filter((parameter) => !parameter.required);
  const signature = [
    'self',
    ...required.map((parameter) => `${parameter.name}: ${hintOf(parameter)}`),
    ...(optional.length ? ['*'] : []),
    ...optional.map((parameter) => `${parameter.name}: Optional[${hintOf(parameter)}] = None`),
    ...(stream ? ['last_event_id: Optional[str] = None'] : []),
  ];
  const named = parameters.map((parameter) => `"${parameter.name}": ${parameter.name}`).join(', ');
  const result = stream
    ? 'Iterator[Event]'
    : many
      ? 'Rows'
      : nullOf(operation)
        ? 'Optional[Dict[str, Any]]'
        : 'Dict[str, Any]';
  const call = stream
    ? `self._events("${path}", {${named}}, "${row}", last_event_id)`
    : many
      ? `Rows(self, "${path}", {${named}}, "${row}", ${pageRows ?? 'None'})`
      : `self._row("${path}", {${named}}, "${row}")`;
  return `    def ${snake(name)}(
        ${signature.join(',\n        ')},
    ) -> ${result}:
        """${oneLine(about)}"""
        return ${call}
`;
}

const columns = schemas.map((name) => {
  const { properties } = components.schemas[name];
  const kinds = Object.entries(properties).map(([column, schema]) => `        "${column}": "${kindOf(schema)}",\n`);
  return `    "${name}": {\n${kinds.join('')}    },\n`;
});
const errors = codes.map((code) => `class ${camel(code)}(Problem):\n    code = "${code}"\n`);
const python = `${errors.join('\n\n')}

PROBLEMS: Dict[str, Type[Problem]] = {cls.code: cls for cls in Problem.__subclasses__()}

#: What each column of a row is.
COLUMNS: Dict[str, Dict[str, str]] = {
${columns.join('')}}


class Tetra(Client):
    """Every route as a method."""

${operations.map(pythonMethod).join('\n')}`;

/** The file with this between its marks. */
function between(text, inner) {
  const [start, end] = [
    '# --- generated from openapi.json: npm run generate ---\n',
    '# --- end of what is generated ---\n',
  ];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${PYTHON} has lost its marks.`);
  return `${text.slice(0, from)}${start}\n\n${inner}\n\n${text.slice(to)}`;
}

const read = (file) => {
  try {
    return readFileSync(at(file), 'utf8');
  } catch {
    return '';
  }
};
const files = [
  [TYPESCRIPT, typescript],
  [PYTHON, between(read(PYTHON), python)],
];
for (const [file, written] of files) {
  if (read(file) === written) continue;
  if (process.argv.includes('--check')) {
    console.error(`${file} is out of date: run \`npm run generate\`.`);
    process.exitCode = 1;
  } else writeFileSync(at(file), written);
}
