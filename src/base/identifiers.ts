import { invalid } from './errors.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text is a UUID as PostgreSQL writes it, or in capital letters. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/**
 * The id of a row, in lower case as PostgreSQL writes it.
 * @throws ApiError invalid_parameter naming the parameter when the text is not a UUID
 */
export function requireUuid(text: string, param = 'id'): string {
  if (isUuid(text)) return text.toLowerCase();
  throw invalid(param, `${param} is not a UUID such as 123e4567-e89b-12d3-a456-426614174000.`);
}

/** Every text that PostgreSQL can store. */
export const STORABLE = /^[^\0\uD800-\uDFFF]*$/u;

/** How many characters PostgreSQL counts in a text. */
export function charactersIn(text: string): number {
  return [...text].length;
}

/**
 * A name that a column could hold.
 * @throws ApiError invalid_parameter naming the parameter
 */
export function storable(param: string, text: string, length: number): string {
  if (text === '' || charactersIn(text) > length) throw invalid(param, `${param} must have 1 to ${length} characters.`);
  if (!STORABLE.test(text)) throw invalid(param, `${param} holds a character that no stored text can have.`);
  return text;
}

/** A name as an item of a list: one with a comma or a quote is quoted, as in CSV (RFC 4180). */
export function listItem(name: string): string {
  return /[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
