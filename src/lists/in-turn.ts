import type { RawBuilder } from 'kysely';
import type { NamedQuery } from '../base/named-query.js';
import type { RawRows } from '../base/raw-rows.js';
import type { Column } from '../sql/columns.js';
import { ownersStatement } from '../sql/page.js';
import { fromTemplate } from '../sql/template.js';
import type { RowSource } from '../postgres/exports.js';
import type { OwnerRows } from './batches.js';
import { splitByOwner } from './page-rows.js';

/** All rows of several owners, those of one before those of the next, where one statement cannot read all of them. */
export interface InTurn {
  readonly owners: readonly string[];
  /** The parts of an owner's rows, in their order: each is a statement. */
  readonly parts: readonly OwnerRows[];
}

/**
 * Bytes of lines that are kept of owners whose turn has not come, and rows that one statement adds at most. Half a
 * dozen symbols with ten years of daily bars; more would save little of what the statements of parts take to start.
 */
const KEPT_BYTES = 2 << 20;
const KEPT_ROWS = 50_000;
/** How much less is planned for while pages are read: so much shorter are the statements that keep them waiting. */
const CROWDED_SHARE = 1 / 4;
/** How much of these bytes is planned for, since owners are not quite alike. */
const FILLED = 0.8;

/**
 * The lines of rows in turn. An owner with many rows is read part after part and sent as it comes. Owners with few rows
 * share the statement of each part, which costs more to start than to run: what comes of later ones waits in memory.
 * How many share is told by how long the owner before was; where that was wrong, fewer do.
 * @param write  the lines of some rows, each with a value before those of the columns; the rows are not kept
 */
export async function* linesInTurn(
  { owners, parts }: InTurn,
  columns: readonly Column[],
  source: RowSource,
  write: (rows: RawRows) => Buffer,
): AsyncIterable<Buffer> {
  let sharing = 1;
  for (let at = 0; at < owners.length;) {
    const group = owners.slice(at, at + sharing);
    const kept = group.length > 1 ? await readTogether(group, parts, columns, source, write) : [];
    let longest = Math.max(0, ...kept.map(({ length }) => length));
    if (kept.length > 0) yield* kept;
    else {
      for (const part of parts) {
        for await (const rows of source.read(queryOf(part, columns, group.slice(0, 1), null))) {
          const lines = write(rows);
          longest += lines.length;
          yield lines;
        }
      }
    }
    at += Math.max(1, kept.length);
    // Where not all could be kept, the next one has many rows.
    const planned = KEPT_BYTES * FILLED * (source.crowded ? CROWDED_SHARE : 1);
    const most = Math.max(1, Math.floor(planned / Math.max(1, longest)));
    sharing = kept.length > 0 && kept.length < group.length ? 1 : most;
  }
}

/**
 * The lines of each of as many owners as can be kept at a time, counted from the first; none where that one alone has
 * too many.
 */
async function readTogether(
  group: readonly string[],
  parts: readonly OwnerRows[],
  columns: readonly Column[],
  source: RowSource,
  write: (rows: RawRows) => Buffer,
): Promise<Buffer[]> {
  let kept: Buffer[][] = group.map(() => []);
  for (const part of parts) {
    let [count, last] = [0, 0];
    for await (const rows of source.read(queryOf(part, columns, group.slice(0, kept.length), KEPT_ROWS))) {
      for (const [place, own] of splitByOwner(rows)) {
        kept[(last = place) - 1]!.push(write(own));
        count += own.count;
      }
    }
    // Of the owner at which the rows were too many, not all have come.
    if (count === KEPT_ROWS) kept = kept.slice(0, last - 1);
    let bytes = kept.reduce((sum, lines) => sum + bytesOf(lines), 0);
    while (bytes > KEPT_BYTES) bytes -= bytesOf(kept.pop()!);
    if (kept.length === 0) break;
  }
  return kept.map((lines) => Buffer.concat(lines));
}

function bytesOf(lines: readonly Buffer[]): number {
  return lines.reduce((sum, { length }) => sum + length, 0);
}

/** @param limit  rows at most; null for all */
function queryOf(
  { shape, rows, values }: OwnerRows,
  columns: readonly Column[],
  owners: readonly string[],
  limit: number | null,
): NamedQuery {
  const names = columns.map(({ name }) => name).join();
  const make = (): RawBuilder<unknown> => ownersStatement((owner) => rows(owner, null), columns);
  return fromTemplate(['exports', names, ...shape], make, { ...values, owners, limit });
}
