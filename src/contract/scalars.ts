import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { parseDay, parseStart } from '../base/time.js';

const DECIMAL = /^-?(0|[1-9]\d{0,30})(\.\d{1,30})?$/;
const INTEGER = /^-?(0|[1-9]\d{0,30})$/;

/**
 * Decimals that a double holds exactly and JSON writes with the same digits: fifteen digits at most, none of them lost.
 */
const SHORT = /^-?(?!0\.00000)(0|[1-9]\d*)(\.\d*[1-9])?$/;

/** Digits that a client asked for as a string. */
export class Digits {
  constructor(readonly text: string) {}
}

/** Puts the exact digits into JSON as a number literal, or as a string where that was asked for. */
export function exact(digits: unknown): unknown {
  if (digits instanceof Digits) return digits.text;
  const text = String(digits);
  // A number costs a fraction of what a raw literal does.
  return text.length <= 15 && SHORT.test(text) ? Number(text) : JSON.rawJSON(text);
}

function textOf(node: ValueNode, ...kinds: Kind[]): unknown {
  return kinds.includes(node.kind) && 'value' in node ? node.value : undefined;
}

function scalar(
  name: string,
  description: string,
  serialize: (value: unknown) => unknown,
  accept: (value: unknown) => boolean,
  specifiedByURL: string,
  ...literals: Kind[]
): GraphQLScalarType {
  const parse = (value: unknown): string => {
    if (!accept(value)) {
      // It is undefined for what JSON does not have.
      const shown = (JSON.stringify(value) as string | undefined)?.slice(0, 60) ?? 'this';
      throw new GraphQLError(`${shown} is not a ${name}. ${description}`, {
        extensions: { refusedBy: name },
      });
    }
    return String(value);
  };
  return new GraphQLScalarType({
    name,
    description,
    specifiedByURL,
    serialize,
    parseValue: parse,
    parseLiteral: (node) => parse(textOf(node, ...literals)),
  });
}

/** Exact decimal: a JSON number literal with every digit; input is a string or a number. */
export const DecimalScalar = scalar(
  'Decimal',
  'An exact decimal number, sent as a number literal with all its digits, as a string with the header Prefer: numbers=string; read without a double it keeps them.',
  exact,
  (value) => DECIMAL.test(String(value)),
  'https://www.rfc-editor.org/rfc/rfc8259#section-6',
  Kind.STRING,
  Kind.INT,
  Kind.FLOAT,
);

/** Integer beyond 32 bits: a JSON integer literal, never an exponent. */
export const BigIntScalar = scalar(
  'BigInt',
  'An integer of any size, sent as an integer literal, never with an exponent; as a string with the header Prefer: numbers=string.',
  exact,
  (value) => INTEGER.test(String(value)),
  'https://www.rfc-editor.org/rfc/rfc8259#section-6',
  Kind.STRING,
  Kind.INT,
);

/** An instant in UTC; as input also a bare day. Stays text, so microseconds survive. */
export const DateTimeScalar = scalar(
  'DateTime',
  'An instant such as 2025-10-31T14:30:00Z, to the microsecond. As input: an RFC 3339 instant with an offset, or a day such as 2025-10-31.',
  (value) => value,
  (value) => typeof value === 'string' && parseStart(value) !== null,
  'https://www.rfc-editor.org/rfc/rfc3339#section-5.6',
  Kind.STRING,
);

/** A UTC day. */
export const DateScalar = scalar(
  'Date',
  'A UTC day such as 2025-10-31.',
  (value) => value,
  (value) => typeof value === 'string' && parseDay(value) !== null,
  'https://www.rfc-editor.org/rfc/rfc3339#section-5.6',
  Kind.STRING,
);
