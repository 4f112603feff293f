import { applyDecorators, createParamDecorator, type ExecutionContext, Get } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiParam, ApiQuery, ApiResponse } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { type ArgSpec, argsOf } from '../contract/args.js';
import { FORMATS } from '../contract/formats.js';
import { RestInput } from '../contract/args-pipe.js';
import { envelopeSchema, type Meta, type Schema } from './openapi-schemas.js';
import { preferredNumbers } from '../contract/prefer.js';
import type { Format } from '../sql/format.js';

type Model = abstract new () => object;

/** A part of the path: what it names, an example, and its form where it has one. */
export interface PathParameter {
  readonly description: string;
  readonly example: string;
  readonly format?: string;
}

/** What a route is for; its parameters, its OpenAPI entry and its 4xx answers follow. */
export interface RouteOptions {
  /** The name of the operation in generated clients, such as `listDailyBars`. */
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  /** The class of its arguments. */
  readonly args: new () => object;
  /** What one row, or the one object, looks like. */
  readonly model: Model;
  /** A page of rows, a whole list of them, or one object. */
  readonly shape: 'page' | 'list' | 'object';
  /** Parameters in the path. */
  readonly path?: Record<string, PathParameter>;
  /** What `meta` says beside the echo of the query. */
  readonly meta?: Meta;
  /** Whether the one object may be null. */
  readonly mayBeNull?: boolean;
}

/** A symbol in the path. */
export const SYMBOL: Record<string, PathParameter> = {
  symbol: { description: 'The symbol, percent-encoded where it has to be.', example: 'AAPL' },
};

/** A GET route of the data API. */
export function Route(path: string, options: RouteOptions): MethodDecorator {
  const { args, model, shape, meta = {}, mayBeNull = false } = options;
  const specs = argsOf(args);
  const named = Object.entries(options.path ?? {});
  const listed = specs.some(({ name, several }) => several && (name === 'symbols' || name === 'series'));
  const offered = specs.find((spec) => spec.property === 'format')?.schema.enum as readonly Format[] | undefined;
  const formats = offered !== undefined;
  const numbers = specs.some((spec) => spec.property === 'numbers');
  const json = envelopeSchema({ args, model, shape, meta, mayBeNull, path: named.map(([name]) => name) });
  const content = {
    'application/json': { schema: json },
    ...Object.fromEntries((offered ?? []).flatMap(contentOf)),
  };
  const models = [model, ...Object.values(meta).filter((part) => typeof part === 'function')] as (new () => object)[];
  return applyDecorators(
    Get(path),
    ApiExtraModels(...models),
    ApiOperation({ operationId: options.id, summary: options.summary, description: options.description }),
    ...specs.map(queryParameter),
    ...named.map(([name, { description, example, format }]) =>
      ApiParam({ name, description, example, schema: { type: 'string', ...(format ? { format } : {}) } }),
    ),
    ApiResponse({
      status: 200,
      description: 'The answer.',
      content,
      headers: headersOf(shape, formats, numbers, listed, 'without_bar' in meta),
    }),
    ApiResponse({ status: 304, description: 'What If-None-Match names still holds.' }),
    ...[400, 401, ...(named.length > 0 || listed ? [404] : []), 406, 429, 431, 500, 503, 504].map(problemResponse),
  );
}

/** What a format is that is no JSON. */
const TEXTS: Record<Exclude<Format, 'json' | 'columns'>, string> = {
  csv: 'A header line and a line for each row (RFC 4180).',
  ndjson: 'A JSON object for each row, one a line.',
  arrow: 'A stream of Apache Arrow: a schema, then batches of rows.',
  parquet: 'A file of Apache Parquet.',
  ics: 'A calendar with an event for each row (RFC 5545).',
  atom: 'A feed with an entry for each row (RFC 4287).',
};

function contentOf(format: Format): [mediaType: string, content: object][] {
  if (format === 'json' || format === 'columns') return [];
  const binary = format === 'arrow' || format === 'parquet' ? { format: 'binary' } : {};
  return [[FORMATS[format].mediaType, { schema: { type: 'string', ...binary, description: TEXTS[format] } }]];
}

export function queryParameter(spec: ArgSpec): MethodDecorator {
  const several = spec.several
    ? ' Separated by commas, or repeated. An item with a comma is written in quotes, as in CSV.'
    : '';
  return ApiQuery({
    name: spec.name,
    required: spec.required,
    description: spec.description + several,
    schema: {
      ...spec.schema,
      ...(spec.default === undefined ? {} : { default: spec.default }),
      examples: [spec.example],
    },
    ...(spec.several ? { style: 'form', explode: false } : {}),
  });
}

/** Headers of an answer, in the words of `components.headers`. */
function headersOf(
  shape: RouteOptions['shape'],
  formats: boolean,
  numbers: boolean,
  listed: boolean,
  mayHaveNoBar: boolean,
): Record<string, Schema> {
  const names = ['ETag', 'Cache-Control', 'Vary', 'X-Request-Id', 'Server-Timing', 'RateLimit', 'RateLimit-Policy'];
  if (numbers) names.push('Preference-Applied');
  if (shape === 'page') names.push('Link', 'X-Next-Page-Token');
  if (formats) names.push('X-Data-Through', 'X-Note', 'Content-Disposition');
  if (formats && listed) names.push('X-Unknown');
  if (formats && mayHaveNoBar) names.push('X-Without-Bar');
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

export function problemResponse(status: number): MethodDecorator {
  return ApiResponse({ status, $ref: '#/components/responses/Problem' } as object);
}

/** The request's arguments, made and checked by the args pipe. */
export const RestArgs = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { query, headers } = context.switchToHttp().getRequest<FastifyRequest>();
  return new RestInput(query as Record<string, unknown>, headers.accept, preferredNumbers(headers.prefer));
});
