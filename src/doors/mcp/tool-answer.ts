import type { Row } from './rest-routes.js';

/** Bytes that an answer has at most, and points of a line in one. */
export const MAX_BYTES = 8000;
export const MAX_POINTS = 120;
/** Characters of a text of others in a row. */
const TEXT_CHARACTERS = 160;

/** What a tool found: facts, and a list that may be cut to fit. */
export interface ToolAnswer {
  readonly facts: Row;
  /** Name of the list. */
  readonly list?: string;
  /** Its rows: objects, or lines of CSV under a header. */
  readonly rows?: readonly Row[];
  readonly header?: string;
  readonly lines?: readonly string[];
  /** Which of them count most, where not all fit. */
  readonly keep?: 'first' | 'last';
  /** The addresses that have all of it. */
  readonly everything: string | readonly string[];
}

/** An answer as text of at most {@link MAX_BYTES}; rows that do not fit are left out, and it says how many. */
export function written(answer: ToolAnswer): string {
  const all: readonly (Row | string)[] = answer.lines ?? answer.rows ?? [];
  for (let kept = all.length; ;) {
    const some = answer.keep === 'last' ? all.slice(all.length - kept) : all.slice(0, kept);
    const text = rendered(answer, some, all.length - kept);
    const bytes = Buffer.byteLength(text);
    if (bytes <= MAX_BYTES || kept === 0) return text;
    kept = Math.min(kept - 1, Math.floor((kept * MAX_BYTES) / bytes));
  }
}

function rendered(answer: ToolAnswer, kept: readonly (Row | string)[], left: number): string {
  const { facts, list, header, lines, everything } = answer;
  const shown = lines ? [header, ...(kept as readonly string[])].join('\n') : kept;
  return JSON.stringify({
    ...facts,
    ...(list === undefined ? {} : { [list]: shown }),
    ...(left > 0 ? { left_out: left } : {}),
    everything,
  });
}

/** Some members of a row, without those that are null; numbers that are computed with six digits. */
export function pick(row: Row, names: readonly string[]): Row {
  return Object.fromEntries(names.flatMap((name) => (row[name] == null ? [] : [[name, short(row[name])]])));
}

/** A line of CSV; null is empty. */
export function line(row: Row, names: readonly string[]): string {
  return names.map((name) => (row[name] == null ? '' : String(short(row[name])))).join(',');
}

/** A number with six digits; a long text cut. */
export function short(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(6));
  if (typeof value !== 'string' || value.length <= TEXT_CHARACTERS) return value;
  return `${[...value].slice(0, TEXT_CHARACTERS).join('')}…`;
}

/** The change from one value to another, in percent. */
export function changePercent(from: unknown, to: unknown): number | null {
  const percent = (Number(to) / Number(from) - 1) * 100;
  return from == null || to == null || !Number.isFinite(percent) ? null : Number(percent.toFixed(4));
}
