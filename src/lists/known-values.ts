import { Refreshing } from '../base/refreshing.js';
import { type ApiError, invalid } from '../base/errors.js';
import { nearest, PLUS_HINT } from '../base/nearest.js';

/** Values that a column holds. */
export interface KnownValues {
  readonly values: readonly string[];
  /** Whether these are all of them; otherwise another value may exist as well. */
  readonly complete: boolean;
}

/** Most values that are kept of one column, and most that an error lists. */
export const KNOWN_MAX = 5_000;
const ALLOWED_MAX = 50;

/**
 * Ages in milliseconds: up to which a set is used as it is, from which readers wait, and at which a miss reads it anew.
 */
const [FRESH_MS, USABLE_MS, MISSED_MS] = [30_000, 300_000, 1_000];

/**
 * Values as the data have them: the same text where it exists, otherwise the only one that differs in case. Each is
 * named once, in the order given.
 *
 * @param param    the parameter, by the name the client used
 * @param unknown  what is said of a value that is not among them
 * @throws ApiError invalid_parameter for the first value that does not exist, or that means more than one; with the
 *   nearest values as hint and as `allowed` (at most 50)
 */
export function matchKnown(
  param: string,
  given: readonly string[],
  known: KnownValues,
  unknown = 'is not in the data',
): string[] {
  const exact = new Set(known.values);
  if (given.every((value) => exact.has(value))) return [...new Set(given)];
  const folded = Map.groupBy(known.values, fold);
  const found = given.map((value) => {
    if (exact.has(value)) return value;
    const alike = folded.get(fold(value)) ?? [];
    if (alike.length === 1) return alike[0]!;
    if (alike.length === 0 && !known.complete) return value;
    throw unknownValue(param, value, known.values, alike, unknown);
  });
  return [...new Set(found)];
}

/**
 * The given values as a page token holds them, see {@link heldOf}: of one that was forged no more comes than another
 * way to write what was given.
 */
export function matchedBefore(given: readonly string[], held: readonly string[] = []): string[] {
  return [...new Set(given.map((value) => held.find((each) => fold(each) === fold(value)) ?? value))];
}

/** Of the values that were found for the given ones, those that a page token has to hold. */
export function heldOf(given: readonly string[], found: readonly string[]): string[] {
  return found.filter((value) => !given.includes(value));
}

/** Texts that differ in case only are one, whichever way their letters are folded (ß and SS, final sigma). */
function fold(text: string): string {
  return text.toUpperCase().toLowerCase();
}

function unknownValue(
  param: string,
  value: string,
  values: readonly string[],
  alike: readonly string[],
  unknown: string,
): ApiError {
  const shown = JSON.stringify(value);
  if (alike.length > 1) {
    return invalid(param, `${param} ${shown} means more than one value; case decides here.`, {
      hint: `Did you mean ${alike.slice(0, 3).join(' or ')}?`,
      allowed: alike.slice(0, ALLOWED_MAX),
    });
  }
  const near = nearest(value, values, ALLOWED_MAX);
  const plus = value.includes(' ') && values.includes(value.replaceAll(' ', '+'));
  const whole = values.find((known) => fold(known).startsWith(`${fold(value)},`));
  const allowed = values.length <= ALLOWED_MAX ? values : near;
  const hint = plus
    ? PLUS_HINT
    : whole
      ? `A name with a comma is written in quotes: "${whole.replaceAll('"', '""')}"`
      : near[0] && `Did you mean ${near[0]}?`;
  return invalid(param, `${param} ${shown} ${unknown}.`, {
    ...(hint ? { hint } : {}),
    ...(allowed.length > 0 ? { allowed } : {}),
  });
}

/**
 * The values of a column, kept in memory. They are read anew in the background, and at once where a value is asked for
 * that may have been written since. Where they cannot be read, or there is none, every value is let through: the
 * statement that uses it says what is wrong, or finds nothing in an empty table.
 */
export class KnownSet {
  readonly #values: Refreshing<KnownValues>;
  #read = { at: -Infinity, cost: 0 };

  /** @param read  reads the values, at most {@link KNOWN_MAX} and one more */
  constructor(read: () => Promise<readonly string[]>) {
    this.#values = new Refreshing(
      async () => {
        const started = performance.now();
        const values = await read();
        const at = performance.now();
        this.#read = { at, cost: at - started };
        return { values: values.slice(0, KNOWN_MAX).sort(), complete: values.length > 0 && values.length <= KNOWN_MAX };
      },
      FRESH_MS,
      USABLE_MS,
    );
  }

  /**
   * The given values as the data have them, see {@link matchKnown}; undefined where none is given.
   * @throws ApiError invalid_parameter for a value that does not exist
   */
  async match(param: string, given: readonly string[] | undefined): Promise<string[] | undefined> {
    if (given === undefined) return undefined;
    const known = await this.#values.get().catch(() => NOTHING);
    try {
      return matchKnown(param, given, known);
    } catch (error) {
      const { at, cost } = this.#read;
      if (performance.now() - at < MISSED_MS + 20 * cost) throw error;
      return matchKnown(param, given, await this.#values.renew().catch(() => known));
    }
  }
}

const NOTHING: KnownValues = { values: [], complete: false };
