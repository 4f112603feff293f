import { invalid } from '../../base/errors.js';
import { nearest } from '../../base/nearest.js';
import { compareTexts } from '../../base/text-order.js';
import { parseDay } from '../../base/time.js';
import { columnsOf } from '../../contract/wire.js';
import type { Column } from '../../sql/columns.js';
import { BoardRow } from './board.model.js';

/** What rows of the board are compared by: numbers as doubles, texts, days and booleans as they are. */
type Comparable = number | string | boolean;
/** A condition on a row of the board. */
export type Condition = (row: BoardRow) => boolean;

/** An order of the board: rows without a value come last, equal ones in alphabetical order. */
export interface BoardOrder {
  /** The column, with - before it from the highest down. */
  readonly name: string;
  readonly compare: (a: Place, b: Place) => number;
  readonly placeOf: (row: BoardRow) => Place;
}

/** Where a row stands in an order. */
export interface Place {
  readonly value: Comparable | null;
  readonly symbol: string;
}

/** How many conditions one screen may have. */
const MAX_CONDITIONS = 20;
const COLUMNS = new Map(columnsOf(BoardRow).map((column) => [column.name, column]));
const NAMES = [...COLUMNS.keys()];
const NUMBERS = new Set(['decimal', 'bigint', 'integer', 'float']);

const OPERATORS: Record<string, (a: Comparable, b: Comparable) => boolean> = {
  '>=': (a, b) => order(a, b) >= 0,
  '<=': (a, b) => order(a, b) <= 0,
  '!=': (a, b) => order(a, b) !== 0,
  '>': (a, b) => order(a, b) > 0,
  '<': (a, b) => order(a, b) < 0,
  '=': (a, b) => order(a, b) === 0,
};

function order(a: Comparable, b: Comparable): number {
  return typeof a === 'string' && typeof b === 'string' ? compareTexts(a, b) : Number(a) - Number(b);
}

/** What a row has in a column, as it is compared; null where it has none. */
function valueOf(row: BoardRow, { property, kind }: Column): Comparable | null {
  const value = row[property as keyof BoardRow];
  return value !== null && NUMBERS.has(kind) ? Number(value) : value;
}

/**
 * Reads `close>sma_200,rsi_14<30,is_stale=false`: conditions that all hold. Each compares a column with another one or
 * with a value by >, >=, <, <=, = or !=; a text may be quoted, as in CSV. A row without one of the two values does not
 * meet it.
 * @param param  the parameter, by the name the client used
 * @throws ApiError invalid_parameter with the place of what is wrong, and the columns that there are
 */
export function parseWhere(param: string, text: string): Condition[] {
  // A comma inside quotes is one of a value.
  const parts = text.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/);
  if (parts.length > MAX_CONDITIONS) throw invalid(param, `${param} takes at most ${MAX_CONDITIONS} conditions.`);
  let at = 0;
  return parts.map((part) => {
    const begin = at + part.length - part.trimStart().length;
    at += part.length + 1;
    const refuse = (what: string, offset = 0, details = {}): never => {
      throw invalid(param, `${param}, character ${begin + offset + 1}: ${what}.`, details);
    };
    return conditionOf(part.trim(), refuse);
  });
}

type Refuse = (what: string, offset?: number, details?: object) => never;

function conditionOf(text: string, refuse: Refuse): Condition {
  const [, left, operator, right] = /^([^<>=!]*)(>=|<=|!=|>|<|=)(.*)$/.exec(text) ?? [];
  if (left === undefined || operator === undefined || right === undefined) {
    return refuse(`a condition is a column, one of ${Object.keys(OPERATORS).join(' ')} and a value`);
  }
  const column = columnNamed(left.trim(), refuse);
  if (groupOf(column) === 'boolean' && !['=', '!='].includes(operator)) {
    return refuse(`${column.name} is compared by = or !=`, left.length);
  }
  const other = operandOf(right.trim(), column, (what, _offset, details) =>
    refuse(what, text.length - right.trimStart().length, details),
  );
  const holds = OPERATORS[operator]!;
  return (row) => {
    const [a, b] = [valueOf(row, column), other(row)];
    return a !== null && b !== null && holds(a, b);
  };
}

function columnNamed(name: string, refuse: Refuse): Column {
  const column = COLUMNS.get(name);
  if (column) return column;
  const [guess] = nearest(name, NAMES, 1);
  const hint = guess === undefined ? {} : { hint: `Did you mean ${guess}?` };
  return refuse(`there is no column ${JSON.stringify(name)}`, 0, { allowed: NAMES, ...hint });
}

/** What a column is compared with: another one of its kind, or a value that it can have. */
function operandOf(text: string, column: Column, refuse: Refuse): (row: BoardRow) => Comparable | null {
  const other = COLUMNS.get(text);
  if (other) {
    if (groupOf(other) !== groupOf(column)) refuse(`${column.name} and ${other.name} are not of one kind`);
    return (row) => valueOf(row, other);
  }
  const value = literalOf(text, column, refuse);
  return () => value;
}

/** Columns of one group can be compared. */
function groupOf({ kind }: Column): string {
  return NUMBERS.has(kind) ? 'number' : kind;
}

function literalOf(text: string, column: Column, refuse: Refuse): Comparable {
  switch (groupOf(column)) {
    case 'number':
      if (/^[+-]?\d{1,30}(\.\d{1,30})?$/.test(text)) return Number(text);
      // Most likely a column that is misspelt.
      if (/^[a-z]/i.test(text)) columnNamed(text, refuse);
      return refuse(`${JSON.stringify(text)} is neither a number nor a column`);
    case 'boolean':
      return text === 'true' || text === 'false' ? text === 'true' : refuse(`${column.name} is true or false`);
    case 'day':
      return parseDay(text) === null ? refuse(`${JSON.stringify(text)} is no day such as 2025-10-31`) : text;
    default:
      return textOf(text, refuse);
  }
}

/** A text as it stands, or between quotes, where two of them are one. */
function textOf(text: string, refuse: Refuse): string {
  if (text === '') return refuse('a value is missing');
  if (!text.includes('"') && !/^[<>=!]/.test(text)) return text;
  if (!/^"(?:[^"]|"")*"$/.test(text)) return refuse(`${text} has to be quoted, as in CSV`);
  return text.slice(1, -1).replaceAll('""', '"');
}

/**
 * Reads `-return_21`: a column, with - before it from the highest value down.
 * @param param  the parameter, by the name the client used
 * @throws ApiError invalid_parameter for a column that there is not
 */
export function parseOrder(param: string, text: string): BoardOrder {
  const descends = text.startsWith('-');
  const refuse: Refuse = (what, _offset, details) => {
    throw invalid(param, `${param}: ${what}.`, details);
  };
  const column = columnNamed(text.slice(descends ? 1 : 0), refuse);
  const sign = descends ? -1 : 1;
  return {
    name: text,
    placeOf: (row) => ({ value: valueOf(row, column), symbol: row.symbol }),
    compare: (a, b) => {
      if (a.value === null || b.value === null) {
        return Number(a.value === null) - Number(b.value === null) || compareTexts(a.symbol, b.symbol);
      }
      return sign * order(a.value, b.value) || compareTexts(a.symbol, b.symbol);
    },
  };
}
