/**
 * Instants and UTC days as text, exact to the microsecond. A JavaScript `Date` holds milliseconds only, so
 * between the wire and the database time is never one.
 */

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?([Zz]|[+-]\d{2}:\d{2})$/;

const MICROS_PER_DAY = 86_400_000_000n;
const MILLIS_PER_DAY = 86_400_000;

/** 0001-01-01, before which years have other names in every format of ours. */
export const FIRST_DAY = -719_162;

/** Days and their texts that are remembered: most requests name the same few, several times each. */
const MAX_REMEMBERED_DAYS = 4096;
const DAY_LENGTH = 10;

function remembering<Key, Value>(find: (key: Key) => Value): (key: Key) => Value {
  const found = new Map<Key, Value>();
  return (key) => {
    let value = found.get(key);
    if (value !== undefined) return value;
    value = find(key);
    if (found.size >= MAX_REMEMBERED_DAYS) found.clear();
    found.set(key, value);
    return value;
  };
}

/** Number of days from 1970-01-01 to a calendar day such as `2025-10-31`, or null when there is no such day. */
export function parseDay(text: string): number | null {
  // What is longer is none, and is not remembered: it may be of any length.
  return text.length === DAY_LENGTH ? rememberedDay(text) : null;
}

const rememberedDay = remembering(readDay);

/** The calendar day, such as `2025-10-31`, that many days after 1970-01-01. */
export const formatDay: (day: number) => string = remembering(writeDay);

function readDay(text: string): number | null {
  const match = DAY.exec(text);
  if (!match) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (year < 1) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.getTime() / MILLIS_PER_DAY : null;
}

function writeDay(day: number): string {
  const text = new Date(day * MILLIS_PER_DAY).toISOString();
  // The end of the last day of 9999 is in a year that ISO 8601 writes with a sign, and PostgreSQL without.
  return text.slice(0, text.indexOf('T')).replace(/^\+0*/, '');
}

/**
 * Microseconds from 1970-01-01T00:00:00Z to an RFC 3339 instant, or null when the text is not one. An offset is
 * required (a naive date-time is not an instant), at most six digits of fraction are taken, and a leap second is
 * refused as PostgreSQL has none.
 */
export function parseInstant(text: string): bigint | null {
  const match = INSTANT.exec(text);
  if (!match) return null;
  const day = parseDay(match[1]!);
  const [hour, minute, second] = [Number(match[2]), Number(match[3]), Number(match[4])];
  if (day === null || hour > 23 || minute > 59 || second > 59) return null;
  const zone = match[6]!;
  let offset = 0;
  if (zone.length > 1) {
    const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4))];
    if (hours > 15 || minutes > 59) return null;
    offset = (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes);
  }
  const seconds = BigInt(hour * 3600 + (minute - offset) * 60 + second);
  const micros = BigInt(day) * MICROS_PER_DAY + seconds * 1_000_000n + BigInt((match[5] ?? '').padEnd(6, '0'));
  // An offset may reach back beyond the first day.
  return micros < startOfDay(FIRST_DAY) ? null : micros;
}

/** An instant as the wire has it: `2025-10-31T14:30:00Z`, with a fraction only when it is not zero. */
export function formatInstant(micros: bigint): string {
  const day = dayOf(micros);
  const rest = micros - BigInt(day) * MICROS_PER_DAY;
  const seconds = Number(rest / 1_000_000n);
  const two = (n: number): string => String(n).padStart(2, '0');
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const fraction = String(rest % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${formatDay(day)}T${clock}${fraction && `.${fraction}`}Z`;
}

/** The UTC day, as days after 1970-01-01, in which an instant lies. */
export function dayOf(micros: bigint): number {
  const day = micros / MICROS_PER_DAY;
  return Number(micros < 0n && day * MICROS_PER_DAY !== micros ? day - 1n : day);
}

/** The first instant of a UTC day. */
export function startOfDay(day: number): bigint {
  return BigInt(day) * MICROS_PER_DAY;
}

/** Now, in microseconds after 1970-01-01T00:00:00Z, by this machine's clock. */
export function now(): bigint {
  return BigInt(Date.now()) * 1000n;
}

/** A half-open stretch of time, in microseconds after 1970-01-01T00:00:00Z: `from` lies in it, `to` does not. */
export interface TimeWindow {
  readonly from: bigint;
  readonly to: bigint;
}

/** What a four-digit year can name: the wire and the page tokens hold no other, nor does any data set. */
export const EVER: TimeWindow = { from: parseStart('0001-01-01')!, to: parseStart('9999-12-31')! };

/** What two windows have in common; null where that is nothing. */
export function clip(a: TimeWindow, b: TimeWindow): TimeWindow | null {
  const from = a.from > b.from ? a.from : b.from;
  const to = a.to < b.to ? a.to : b.to;
  return from < to ? { from, to } : null;
}

/** The window from the start of the first to the end of the last of some windows, of which there is one. */
export function spanning(windows: readonly TimeWindow[]): TimeWindow {
  return windows.reduce((a, b) => ({ from: a.from < b.from ? a.from : b.from, to: a.to > b.to ? a.to : b.to }));
}

/** The half-open window that covers the UTC days `first` to `last`, both included. */
export function daysWindow(first: number, last: number): TimeWindow {
  return { from: startOfDay(first), to: startOfDay(last + 1) };
}

/**
 * The start of a window as a client writes it: a bare day begins at its first instant.
 * Null when the text is neither a day nor an instant.
 */
export function parseStart(text: string): bigint | null {
  const day = parseDay(text);
  return day === null ? parseInstant(text) : startOfDay(day);
}

/** The end of a window as a client writes it: a bare day is included whole, an instant is exclusive. */
export function parseEnd(text: string): bigint | null {
  const day = parseDay(text);
  return day === null ? parseInstant(text) : startOfDay(day + 1);
}

/** An instant, or the start of a day, that a client wrote and that was checked, in the one form that instants have. */
export function instantText(text: string): string {
  return formatInstant(parseStart(text)!);
}
