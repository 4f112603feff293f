import { describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { NamedQuery } from '../base/named-query.js';
import type { RawRows } from '../base/raw-rows.js';
import type { Column } from '../sql/columns.js';
import { linesInTurn } from './in-turn.js';
import { rawRowsOf } from './object-rows.js';
import { PageRows } from './page-rows.js';
import { writeLines } from './write.js';

type Streamed = 'csv' | 'ndjson';

const column = (name: string, kind: Column['kind']): Column => ({
  ...{ property: name, name, kind },
  ...{ nullable: false, description: '' },
});
const COLUMNS = [column('owner', 'text'), column('part', 'integer'), column('n', 'text')];
const PLACE = column('place', 'bigint');
/** Part of each row, so that some thousand of them are more than is kept. */
const LONG = 'x'.repeat(200);
const PARTS = [0, 1, 2].map((part) => ({
  shape: ['rows', part],
  rows: (owner: unknown) => sql`(select ${owner} as owner, ${sql.lit(part)} as part, '' as n)`,
  values: {},
}));

/** A database in which each owner has so many rows in each part, and what was asked of it. */
class Fake {
  statements = 0;
  rows = 0;
  crowded = false;
  /** Most owners of one statement. */
  owners = 0;

  constructor(
    readonly counts: Readonly<Record<string, readonly number[]>>,
    readonly format: Streamed,
  ) {}

  rowsOf(owner: string, part: number): { owner: string; part: number; n: string }[] {
    return Array.from({ length: this.counts[owner]![part]! }, (_, n) => ({ owner, part, n: `${n},${LONG}` }));
  }

  /** Every line that an export ought to have. */
  all(): string {
    const line = ({ owner, part, n }: { owner: string; part: number; n: string }): string =>
      this.format === 'csv' ? `${owner},${part},"${n}"\n` : `${JSON.stringify({ owner, part, n })}\n`;
    return Object.keys(this.counts)
      .flatMap((owner) => [0, 1, 2].flatMap((part) => this.rowsOf(owner, part).map(line)))
      .join('');
  }

  readonly read = async function* (this: Fake, { sql: text, parameters }: NamedQuery): AsyncIterable<RawRows> {
    const part = Number(/(\d) as part/.exec(text)![1]);
    const [owners, limit] = parameters as [string[], number | null];
    this.statements++;
    this.owners = Math.max(this.owners, owners.length);
    const rows = owners
      .flatMap((owner, i) => this.rowsOf(owner, part).map((row) => ({ place: String(i + 1), ...row })))
      .slice(0, limit ?? undefined);
    this.rows += rows.length;
    for (let at = 0; at < rows.length; at += 97) yield rawRowsOf(rows.slice(at, at + 97), [PLACE, ...COLUMNS]);
  }.bind(this);

  async lines(): Promise<string> {
    const lines: Buffer[] = [];
    const inTurn = { owners: Object.keys(this.counts), parts: PARTS };
    const rendering = { columns: COLUMNS, format: this.format, numbers: 'number' } as const;
    const write = (rows: RawRows): Buffer => writeLines(new PageRows(COLUMNS, [rows], 1), rendering);
    for await (const some of linesInTurn(inTurn, COLUMNS, this, write)) lines.push(some);
    return Buffer.concat(lines).toString();
  }
}

describe.each(['csv', 'ndjson'] as const)('rows of several owners in turn: %s', (format) => {
  const many = (count: number, rows: readonly number[]): Record<string, readonly number[]> =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`O${i}`, rows]));

  it('share statements where they are few: one owner alone, then all others', async () => {
    const fake = new Fake(many(100, [3, 0, 5]), format);
    expect(await fake.lines()).toBe(fake.all());
    expect(fake.statements).toBe(6);
  });

  it('are read owner by owner where they are many', async () => {
    const fake = new Fake(many(3, [9_000, 1, 9_000]), format);
    expect(await fake.lines()).toBe(fake.all());
    expect(fake).toMatchObject({ statements: 9, owners: 1 });
  });

  it('are right where owners are not alike, and hardly any row is read twice', async () => {
    const rows = { ...many(3, [1, 1, 1]), X: [10, 6_000, 60_000], Y: [0, 0, 0], Z: [55_000, 1, 1], W: [2, 2, 2] };
    const fake = new Fake(rows, format);
    const read = await fake.lines();
    expect(read === fake.all()).toBe(true);
    expect(fake.rows).toBeLessThan(
      3 *
        Object.values(rows)
          .flat()
          .reduce((sum, n) => sum + n, 0),
    );
  });

  it('share with fewer while pages are read, whose statements are then shorter', async () => {
    const [alone, beside] = [new Fake(many(60, [50, 50, 50]), format), new Fake(many(60, [50, 50, 50]), format)];
    beside.crowded = true;
    expect(await beside.lines()).toBe(await alone.lines());
    expect(beside.statements).toBeGreaterThan(alone.statements);
    expect(beside.owners).toBeLessThan(alone.owners);
  });

  it('of nobody, and of owners without any, are none', async () => {
    expect(await new Fake({}, format).lines()).toBe('');
    expect(await new Fake(many(3, [0, 0, 0]), format).lines()).toBe('');
  });
});
