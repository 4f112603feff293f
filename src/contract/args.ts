import { Field, type FieldOptions, Int, type ReturnTypeFunc } from '@nestjs/graphql';
import { ArrayMaxSize, ArrayNotEmpty, IsIn, IsOptional, Matches, Max, Min, ValidateBy } from 'class-validator';
import { parseDay, parseStart } from '../base/time.js';
import { invalid } from '../base/errors.js';
import { charactersIn, STORABLE } from '../base/identifiers.js';
import { LIMITS } from '../base/limits.js';
import { nearest, PLUS_HINT } from '../base/nearest.js';
import { DateScalar, DateTimeScalar } from './scalars.js';
import { snake } from '../sql/columns.js';

/** One argument: its two names, how REST reads its text, and its OpenAPI schema. */
export interface ArgSpec {
  /** camelCase, as in GraphQL and in code. */
  readonly property: string;
  /** The REST parameter. */
  readonly name: string;
  readonly description: string;
  readonly schema: Record<string, unknown>;
  readonly default?: unknown;
  readonly example: unknown;
  readonly required: boolean;
  /** Whether it has several values: its texts are names in a list, see {@link splitNames}, and it may be repeated. */
  readonly several: boolean;
  /** Reads the parameter's text, or one of its items; what it returns is validated by class-validator afterwards. */
  readonly parse: (text: string, name: string) => unknown;
}

export interface ArgOptions {
  /** REST name, where it is not the snake_case of the property. */
  rest?: string;
  /** Only REST has it: GraphQL says the same by its selection. */
  restOnly?: boolean;
  /** It must be given. */
  required?: boolean;
  default?: unknown;
  /** A value that somebody might send. */
  example?: unknown;
}

const SPECS = new WeakMap<object, ArgSpec[]>();

const ALL_SPECS = new WeakMap<object, readonly ArgSpec[]>();

/** Every argument of a class, inherited ones first. */
export function argsOf(type: unknown): readonly ArgSpec[] {
  if (typeof type !== 'function') return [];
  const known = ALL_SPECS.get(type);
  if (known) return known;
  const specs: ArgSpec[] = [];
  let proto = type.prototype as object | null | undefined;
  for (; proto; proto = Object.getPrototypeOf(proto) as object | null) {
    // What a class declares again it declares otherwise.
    const known = new Set(specs.map(({ property }) => property));
    specs.unshift(...(SPECS.get(proto) ?? []).filter(({ property }) => !known.has(property)));
  }
  ALL_SPECS.set(type, specs);
  return specs;
}

function arg(
  description: string,
  options: ArgOptions,
  how: {
    graphql: ReturnTypeFunc;
    schema: Record<string, unknown>;
    example?: unknown;
    parse: ArgSpec['parse'];
    rules: PropertyDecorator[];
  },
): PropertyDecorator {
  return (prototype, key) => {
    const property = String(key);
    const spec: ArgSpec = {
      property,
      name: options.rest ?? snake(property),
      description,
      schema: how.schema,
      default: options.default,
      example: options.example ?? how.example ?? options.default,
      required: options.required ?? false,
      several: how.schema.type === 'array',
      parse: how.parse,
    };
    SPECS.set(prototype, [...(SPECS.get(prototype) ?? []), spec]);
    if (!options.restOnly) {
      const shape = { nullable: !options.required, description, defaultValue: options.default };
      Field(how.graphql, shape as FieldOptions)(prototype, key);
    }
    for (const rule of [IsOptional(), ...how.rules]) rule(prototype, key);
  };
}

/** The argument decorators: one line declares an argument for REST, GraphQL, OpenAPI and validation. */
export const Arg = {
  /** Free text. */
  text: (description: string, options: ArgOptions & { max?: number } = {}): PropertyDecorator => {
    const max = options.max ?? LIMITS.textLength;
    return arg(description, options, {
      graphql: () => String,
      schema: { type: 'string', minLength: 1, maxLength: max },
      parse: (text) => text,
      rules: [
        Matches(/\S/, { message: 'is empty; leave it out instead' }),
        MaxCharacters(max, { message: `must be at most ${max} characters long` }),
        Matches(STORABLE, { message: 'holds a character that no stored text can have' }),
      ],
    });
  },

  /** A page token. */
  token: (): PropertyDecorator =>
    Arg.text('Where the page before ended.', {
      rest: 'page_token',
      max: LIMITS.tokenLength,
      example: 'T2VjNW1hVW5QLXhhWm',
    }),

  /** Several names: separated by commas or repeated in REST, a list in GraphQL. */
  list: (description: string, options: ArgOptions & { max: number; length: number }): PropertyDecorator =>
    arg(description, options, {
      graphql: () => [String],
      schema: {
        type: 'array',
        items: { type: 'string', minLength: 1, maxLength: options.length },
        minItems: 1,
        maxItems: options.max,
      },
      parse: (text) => text,
      rules: [
        ArrayNotEmpty({ message: 'is empty; leave it out instead' }),
        Matches(/\S/, { each: true, message: 'has an empty item' }),
        ArrayMaxSize(options.max, {
          message: `takes at most ${options.max} items`,
          context: { code: 'limit_exceeded' },
        }),
        MaxCharacters(options.length, { each: true, message: `takes items of at most ${options.length} characters` }),
        Matches(STORABLE, { each: true, message: 'holds a character that no stored text can have' }),
      ],
    }),

  /** A whole number, decimal digits only. */
  integer: (description: string, options: ArgOptions & { min: number; max: number }): PropertyDecorator =>
    arg(description, options, {
      graphql: () => Int,
      schema: { type: 'integer', minimum: options.min, maximum: options.max },
      example: options.max,
      parse: parseInteger,
      rules: [
        Min(options.min, { message: `must be at least ${options.min}` }),
        Max(options.max, { message: `must be at most ${options.max}` }),
      ],
    }),

  /** One of a registered enum's values. */
  choice: (
    description: string,
    choices: Record<string, string>,
    options: ArgOptions & { synonyms?: Record<string, string> } = {},
  ): PropertyDecorator => {
    const values = Object.values(choices);
    return arg(description, options, {
      graphql: () => choices,
      schema: { type: 'string', enum: values },
      example: values.at(-1),
      parse: (text, name) => oneOf(values, text, name, options.synonyms),
      rules: [IsIn(values)],
    });
  },

  /** Several of a registered enum's values: separated by commas or repeated in REST, a list in GraphQL. */
  choices: (description: string, choices: Record<string, string>, options: ArgOptions = {}): PropertyDecorator => {
    const values = Object.values(choices);
    return arg(description, options, {
      graphql: () => [choices],
      schema: { type: 'array', items: { type: 'string', enum: values }, minItems: 1 },
      example: values.slice(0, 2),
      parse: (text, name) => oneOf(values, text, name),
      rules: [IsIn(values, { each: true }), ArrayNotEmpty({ message: 'takes at least one item' })],
    });
  },

  /** true or false. */
  flag: (description: string, options: ArgOptions = {}): PropertyDecorator =>
    arg(description, options, {
      graphql: () => Boolean,
      schema: { type: 'boolean' },
      example: true,
      parse: (text, name) => oneOf(['true', 'false'], text, name) === 'true',
      rules: [],
    }),

  /** A UTC day. */
  day: (description: string, options: ArgOptions = {}): PropertyDecorator =>
    arg(description, options, {
      graphql: () => DateScalar,
      schema: { type: 'string', format: 'date' },
      example: '2025-10-31',
      parse: (text, name) => {
        if (parseDay(text) === null) throw invalid(name, `${name} is not a day such as 2025-10-31.`);
        return text;
      },
      rules: [],
    }),

  /** A UTC day or an RFC 3339 instant with an offset. */
  time: (description: string, options: ArgOptions = {}): PropertyDecorator =>
    arg(description, options, {
      graphql: () => DateTimeScalar,
      schema: {
        anyOf: [
          { type: 'string', format: 'date' },
          { type: 'string', format: 'date-time' },
        ],
      },
      example: '2025-10-31T14:30:00Z',
      parse: (text, name) => {
        if (parseStart(text) === null) {
          throw invalid(
            name,
            `${name} is neither a day such as 2025-10-31 nor an instant with an offset such as 2025-10-31T14:30:00Z.`,
            text.includes(' ') ? { hint: PLUS_HINT } : {},
          );
        }
        return text;
      },
      rules: [],
    }),

  /** Rows of one page; `all`, which is the default, where the format streams. */
  limit: (limit: { default: number; max: number }): PropertyDecorator =>
    arg(
      `Rows of one page, at most ${limit.max}.`,
      { rest: 'limit', default: limit.default },
      {
        graphql: () => Int,
        schema: {
          anyOf: [
            { type: 'integer', minimum: 1, maximum: limit.max },
            {
              type: 'string',
              enum: ['all'],
              description:
                'Every row of the window: for CSV, NDJSON, Arrow and Parquet only, and what they have without one.',
            },
          ],
        },
        parse: (text, name) => (text === 'all' ? text : parseInteger(text, name)),
        rules: [Limit(limit.max)],
      },
    ),
};

/** As PostgreSQL and OpenAPI count them: an emoji is one, not two as in JavaScript. */
function MaxCharacters(max: number, options: { message: string; each?: boolean }): PropertyDecorator {
  const validate = (text: unknown): boolean => typeof text === 'string' && charactersIn(text) <= max;
  return ValidateBy({ name: 'maxCharacters', validator: { validate } }, options);
}

/** A page size above the maximum is refused by its own code, never clamped. */
function Limit(max: number): PropertyDecorator {
  return (prototype, key) => {
    Min(1, { message: 'must be at least 1' })(prototype, key);
    Max(max, { message: `must be at most ${max}`, context: { code: 'limit_exceeded' } })(prototype, key);
  };
}

function parseInteger(text: string, name: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw invalid(name, `${name} is not a whole number.`);
  return Number(text);
}

function oneOf(values: readonly string[], text: string, name: string, synonyms: Record<string, string> = {}): string {
  if (values.includes(text)) return text;
  const guess = new Map(Object.entries(synonyms)).get(text.toLowerCase()) ?? nearest(text, values, 1)[0];
  throw invalid(name, `${name} must be one of ${values.join(', ')}.`, {
    allowed: values,
    hint: guess && `Did you mean ${guess}?`,
  });
}

/** The names that the client of an argument object knows its arguments by. */
const NAMES = Symbol('names of arguments');

/** Lets an argument object that came over REST say its arguments' names, copies of it too: see {@link nameOf}. */
export function named<Args extends object>(args: Args, specs: readonly ArgSpec[]): Args {
  return Object.assign(args, { [NAMES]: specs });
}

/** The name of an argument as the client wrote it: that of the REST parameter, or of the GraphQL argument. */
export function nameOf(args: object, property: string): string {
  const { [NAMES]: specs = [] } = args as { [NAMES]?: readonly ArgSpec[] };
  return specs.find((spec) => spec.property === property)?.name ?? property;
}

/** Arguments of a route that takes none: an unknown parameter is still refused. */
export class NoArgs {}
SPECS.set(NoArgs.prototype, []);
