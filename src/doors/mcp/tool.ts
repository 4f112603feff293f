import { ApiError, invalid } from '../../base/errors.js';
import { nearest } from '../../base/nearest.js';
import type { Query, RestRoutes } from './rest-routes.js';
import type { ToolAnswer } from './tool-answer.js';

/** What an argument of a tool may be. */
interface Argument {
  readonly type: 'string' | 'integer' | 'array';
  readonly description?: string;
  readonly items?: { readonly type: 'string' };
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A question that an assistant may ask. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly arguments: Readonly<Record<string, Argument>>;
  readonly required?: readonly string[];
  /** Answers it; what the arguments may be is checked by the routes that it asks. */
  readonly run: (args: Query, rest: RestRoutes) => Promise<ToolAnswer>;
}

/** An argument that is text. */
export const text = (description?: string): Argument => ({ type: 'string', ...(description ? { description } : {}) });
/** One that is several texts. */
export const texts = (maxItems: number, description?: string): Argument => ({
  type: 'array',
  items: { type: 'string' },
  maxItems,
  ...(description ? { description } : {}),
});
/** One that is a whole number. */
export const integer = (minimum: number, maximum: number): Argument => ({ type: 'integer', minimum, maximum });

export const DAYS = { start: text('YYYY-MM-DD'), end: text('YYYY-MM-DD, included') };

/** A tool as the protocol lists it. */
export function listed({ name, description, arguments: properties, required }: Tool): {
  name: string;
  description: string;
  inputSchema: { type: 'object'; [name: string]: unknown };
  annotations: Record<string, boolean>;
} {
  return {
    name,
    description,
    inputSchema: { type: 'object', properties, ...(required ? { required } : {}), additionalProperties: false },
    annotations: { readOnlyHint: true },
  };
}

/**
 * The arguments of a call.
 * @throws ApiError unknown_parameter, invalid_parameter
 */
export function checked({ arguments: known, required = [] }: Tool, given: Readonly<Record<string, unknown>>): Query {
  const names = Object.keys(known);
  for (const [name, value] of Object.entries(given)) {
    const argument = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!argument) {
      const guess = nearest(name, names, 1)[0];
      throw new ApiError('unknown_parameter', `There is no argument ${JSON.stringify(name.slice(0, 60))} here.`, {
        param: name.slice(0, 60),
        allowed: names,
        hint: guess && `Did you mean ${guess}?`,
      });
    }
    refuseOther(name, argument, value);
  }
  const missing = required.find((name) => given[name] == null);
  if (missing !== undefined) throw invalid(missing, `${missing} is required.`);
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) as Query;
}

function refuseOther(name: string, { type, maxItems, minimum, maximum }: Argument, value: unknown): void {
  if (value === null) return;
  if (type === 'string' && typeof value !== 'string') throw invalid(name, `${name} must be a text.`);
  if (type === 'integer') {
    const good = Number.isInteger(value) && Number(value) >= minimum! && Number(value) <= maximum!;
    if (!good) throw invalid(name, `${name} must be a whole number from ${minimum!} to ${maximum!}.`);
  }
  if (type === 'array') {
    const good = Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');
    if (!good) throw invalid(name, `${name} must be a list of texts, with at least one.`);
    if ((value as unknown[]).length > maxItems!) throw invalid(name, `${name} takes at most ${maxItems!} items.`);
  }
}
