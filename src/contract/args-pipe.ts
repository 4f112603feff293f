import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { validateSync } from 'class-validator';
import { type ArgSpec, argsOf, nameOf, named, NoArgs } from './args.js';
import { STORABLE } from '../base/identifiers.js';
import { ApiError, invalid } from '../base/errors.js';
import { requireAccepted } from './accept.js';
import { FORMAT_BY_MEDIA_TYPE, FORMATS, mediaTypesOf } from './formats.js';
import { splitNames } from './name-list.js';
import type { Format, Numbers } from '../sql/format.js';
import { nearest } from '../base/nearest.js';
import { snake } from '../sql/columns.js';

type ArgsClass = new () => object;

/** Arguments that are remembered of each class, and the longest of them, in characters. */
const MAX_VALID_KEPT = 500;
const MAX_VALID_LENGTH = 500;

/**
 * Makes the one argument object of a request, for REST from the query string and for GraphQL from the arguments:
 * unknown, repeated and empty parameters are refused, defaults are filled in, then class-validator checks them.
 */
@Injectable()
export class ArgsPipe implements PipeTransform {
  /** Arguments that were found good, by their class and what was given: the same ones come again and again. */
  readonly #good = new Map<ArgsClass, Map<string, object>>();

  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    const type = metadata.metatype as ArgsClass | undefined;
    const specs = argsOf(type);
    if (!type || (specs.length === 0 && type !== NoArgs)) return value;
    refuseLong(value, specs);
    let good = this.#good.get(type);
    if (!good) this.#good.set(type, (good = new Map<string, object>()));
    const key = `${value instanceof RestInput ? 'rest' : 'graphql'} ${JSON.stringify(value)}`;
    const known = good.get(key);
    if (known) return known;
    const args = Object.freeze(this.#make(value, type, specs));
    if (good.size >= MAX_VALID_KEPT) good.clear();
    if (key.length <= MAX_VALID_LENGTH) good.set(key, args);
    return args;
  }

  #make(value: unknown, type: ArgsClass, specs: readonly ArgSpec[]): object {
    const rest = value instanceof RestInput;
    const given = rest ? readRest(value, specs) : (value as Record<string, unknown>);
    const args = Object.assign(
      new type(),
      Object.fromEntries(specs.map((s) => [s.property, given[s.property] ?? s.default])),
    );
    if (rest) named(args, specs);
    const absent = specs.find((s) => s.required && given[s.property] === undefined);
    if (absent) throw invalid(absent.name, `${absent.name} is required.`);
    const { format } = args as { format?: string };
    // What streams is whole: a reader of CSV never sees the header that says where a page goes on.
    if (rest && 'first' in args && given.first === undefined && streams(format)) Object.assign(args, { first: 'all' });
    const { first } = args as { first?: unknown };
    if (first === 'all' && !streams(format)) {
      const named = formatsOf(specs).flatMap((one) => (streams(one) ? [`format=${one}`] : []));
      const list = [named.slice(0, -1).join(', '), named.at(-1)].join(' or ');
      throw invalid('limit', `limit=all needs ${list}; other formats come in pages.`);
    }
    // Defaults alone need no looking at.
    const errors =
      Object.keys(given).length === 0
        ? []
        : validateSync(args, { skipMissingProperties: true, forbidUnknownValues: false });
    const failed = errors.find((e) => !(e.property === 'first' && first === 'all'));
    if (failed) {
      const rule = Object.keys(failed.constraints ?? {})[0] ?? '';
      const name = nameOf(args, failed.property);
      const code = (failed.contexts?.[rule] as { code?: 'limit_exceeded' } | undefined)?.code ?? 'invalid_parameter';
      throw new ApiError(code, `${name} ${String(failed.constraints?.[rule])}.`, { param: name });
    }
    return args;
  }
}

/** Counts the items of lists before it looks at any of them. */
function refuseLong(value: unknown, specs: readonly ArgSpec[]): void {
  if (value instanceof RestInput) return;
  for (const { property, schema } of specs) {
    const given = (value as Record<string, unknown>)[property];
    if (Array.isArray(given) && given.length > Number(schema.maxItems ?? Infinity)) {
      const detail = `${property} takes at most ${String(schema.maxItems)} items.`;
      throw new ApiError('limit_exceeded', detail, { param: property });
    }
  }
}

const JSON_ONLY: readonly Format[] = ['json'];

/** The formats that can be asked for. */
function formatsOf(specs: readonly ArgSpec[]): readonly Format[] {
  return (specs.find((spec) => spec.property === 'format')?.schema.enum as readonly Format[] | undefined) ?? JSON_ONLY;
}

/** Whether a format streams; what is not checked yet may be any text. */
function streams(format: string | undefined): boolean {
  return format !== undefined && Object.hasOwn(FORMATS, format) && FORMATS[format as Format].streams;
}

/** What a REST request says about its arguments: the query string, and headers about the format and the numbers. */
export class RestInput {
  constructor(
    readonly query: Record<string, unknown>,
    readonly accept: string | undefined,
    readonly numbers: Numbers | undefined,
  ) {}
}

function readRest({ query, accept, numbers }: RestInput, specs: readonly ArgSpec[]): Record<string, unknown> {
  const args = readQuery(query, specs);
  if (numbers !== undefined && specs.some((s) => s.property === 'numbers')) args.numbers ??= numbers;
  const formats = formatsOf(specs);
  if (args.format !== undefined) return args;
  const best = requireAccepted(accept, mediaTypesOf(formats));
  return best !== FORMATS.json.mediaType ? { ...args, format: FORMAT_BY_MEDIA_TYPE.get(best) } : args;
}

function readQuery(query: Record<string, unknown>, specs: readonly ArgSpec[]): Record<string, unknown> {
  const args: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(query)) {
    const spec = specs.find((s) => s.name === name);
    if (!spec) throw unknownParameter(name, specs);
    if (!spec.several && typeof value !== 'string') throw invalid(name, `${name} is given more than once.`);
    const texts = [value].flat().map((text) => checked(text, name));
    args[spec.property] = spec.several
      ? texts.flatMap((text) => splitNames(text, name)).map((item) => spec.parse(item, name))
      : spec.parse(texts[0]!, name);
  }
  return args;
}

function checked(text: unknown, name: string): string {
  if (typeof text !== 'string') throw invalid(name, `${name} is not text.`);
  if (text.trim() === '') throw invalid(name, `${name} is empty; leave it out instead.`);
  if (!STORABLE.test(text)) throw invalid(name, `${name} holds a character that no stored text can have.`);
  return text;
}

/** What other APIs call a parameter, and what it may be here: the first of them that a route has. */
const USUAL_NAMES: Readonly<Record<string, readonly string[]>> = {
  search: ['q'],
  q: ['search'],
  query: ['q'],
  from: ['start'],
  since: ['start', 'updated_after'],
  to: ['end'],
  until: ['end'],
  ticker: ['symbol', 'symbols'],
  tickers: ['symbols', 'symbol'],
  interval: ['timeframe', 'frequency'],
  period: ['timeframe', 'frequency'],
  columns: ['fields'],
  order: ['sort'],
  order_by: ['sort'],
  cursor: ['page_token'],
  after: ['page_token'],
  page: ['page_token'],
  page_size: ['limit'],
  per_page: ['limit'],
  count: ['limit'],
  size: ['limit'],
};

/**
 * GraphQL's name of an argument means that argument, and one that other APIs have the same here; otherwise a name that
 * is near may be meant.
 */
export function unknownParameter(name: string, specs: readonly Pick<ArgSpec, 'name' | 'property'>[]): ApiError {
  const allowed = specs.map((spec) => spec.name);
  const other = specs.find((spec) => spec.property === name || spec.name === snake(name))?.name;
  const usual = Object.hasOwn(USUAL_NAMES, name) ? USUAL_NAMES[name]!.find((one) => allowed.includes(one)) : undefined;
  const guess = other ?? usual ?? nearest(name, allowed, 1)[0];
  return new ApiError('unknown_parameter', `There is no parameter ${JSON.stringify(name.slice(0, 60))} here.`, {
    param: name.slice(0, 60),
    allowed,
    hint: guess && `Did you mean ${guess}?`,
  });
}
