import { randomBytes } from 'node:crypto';
import type { NamedQuery } from '../base/named-query.js';
import { build } from '../sql/build.js';
import { type Rendering, renderExport, renderOwners } from '../sql/render.js';
import { bind, placeholder } from '../sql/template.js';
import type { OwnerRows } from './batches.js';

/** All rows of several owners, those of one before those of the next, where one statement cannot read all of them. */
export interface InTurn {
  readonly owners: readonly string[];
  /** The parts of an owner's rows, in their order: each is a statement. */
  readonly parts: readonly OwnerRows[];
}

/** The lines of a statement, as COPY writes them. */
export type Copying = (query: NamedQuery) => AsyncIterable<Buffer>;

/**
 * Bytes that are kept of owners whose turn has not come, and rows that one statement adds to them at most: a share of
 * the memory for each of the few exports at a time.
 */
const KEPT_BYTES = 16 << 20;
const KEPT_ROWS = 50_000;
/** How much of these bytes is planned for, since owners are not quite alike. */
const FILLED = 0.8;

/**
 * The lines of rows in turn. An owner with many rows is read part after part and sent as it comes. Owners with few rows
 * share the statement of each part, which costs more to plan than to run: what comes of later ones waits in memory.
 * How many share is told by how long the owner before was; where that was wrong, fewer do.
 */
export async function* linesInTurn(
  { owners, parts }: InTurn,
  rendering: Rendering,
  copy: Copying,
): AsyncIterable<Buffer> {
  let sharing = 1;
  for (let at = 0; at < owners.length;) {
    const group = owners.slice(at, at + sharing);
    const kept = group.length > 1 ? await readTogether(group, parts, rendering, copy) : [];
    let longest = Math.max(0, ...kept.map(bytesOf));
    if (kept.length > 0) for (const lines of kept) yield* lines;
    else {
      for (const part of parts) {
        for await (const lines of copy(ownPart(part, group[0]!, rendering))) {
          longest += lines.length;
          yield lines;
        }
      }
    }
    at += Math.max(1, kept.length);
    // Where not all could be kept, the next one has many rows.
    const most = Math.max(1, Math.floor((KEPT_BYTES * FILLED) / Math.max(1, longest)));
    sharing = kept.length > 0 && kept.length < group.length ? 1 : most;
  }
}

/**
 * All lines of as many owners as can be kept at a time, counted from the first; none where that one alone has too many.
 */
async function readTogether(
  group: readonly string[],
  parts: readonly OwnerRows[],
  rendering: Rendering,
  copy: Copying,
): Promise<Buffer[][]> {
  let kept: Buffer[][] = group.map(() => []);
  for (const part of parts) {
    const end = endOf(rendering);
    const split = new Split(kept, end.line);
    for await (const lines of copy(sharedPart(part, group.slice(0, kept.length), rendering, end.mark)))
      split.add(lines);
    // Of the owner at which the rows were too many, not all have come.
    kept = kept.slice(0, split.ended);
    let bytes = kept.reduce((sum, lines) => sum + bytesOf(lines), 0);
    while (bytes > KEPT_BYTES) bytes -= bytesOf(kept.pop()!);
    if (kept.length === 0) break;
  }
  return kept;
}

/** What stands after the rows of an owner: a row with a text that nobody knows before, as it is sent and as a line. */
function endOf({ format, columns }: Rendering): { mark: string; line: Buffer } {
  const mark = randomBytes(16).toString('hex');
  return { mark, line: Buffer.from(`${mark}${format === 'csv' ? ','.repeat(columns.length - 1) : ''}\n`) };
}

/** Gives the lines of a statement to the owners whose they are. */
class Split {
  /** Owners whose last line has come. */
  ended = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(
    private readonly kept: readonly Buffer[][],
    private readonly end: Buffer,
  ) {}

  add(lines: Buffer): void {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, lines]) : lines;
    for (let at = bytes.indexOf(this.end); at >= 0; at = bytes.indexOf(this.end)) {
      this.#give(bytes.subarray(0, at));
      this.ended++;
      bytes = bytes.subarray(at + this.end.length);
    }
    // An end may have come in part.
    const whole = Math.max(0, bytes.length - this.end.length + 1);
    this.#give(bytes.subarray(0, whole));
    this.#rest = bytes.subarray(whole);
  }

  #give(bytes: Buffer): void {
    if (bytes.length > 0) this.kept[this.ended]?.push(bytes);
  }
}

function bytesOf(lines: readonly Buffer[]): number {
  return lines.reduce((sum, { length }) => sum + length, 0);
}

function ownPart({ rows, values }: OwnerRows, owner: string, rendering: Rendering): NamedQuery {
  return bind(renderExport(rows(placeholder('owner'), null), rendering).compile(build), { ...values, owner });
}

function sharedPart(
  { rows, values }: OwnerRows,
  owners: readonly string[],
  rendering: Rendering,
  mark: string,
): NamedQuery {
  const all = renderOwners((owner) => rows(owner, null), rendering, placeholder('mark'), KEPT_ROWS);
  return bind(all.compile(build), { ...values, owners, mark });
}
