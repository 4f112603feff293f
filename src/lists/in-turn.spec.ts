import { describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { NamedQuery } from '../base/named-query.js';
import type { Rendering } from '../sql/render.js';
import { linesInTurn } from './in-turn.js';

type Streamed = 'csv' | 'ndjson';

const rendering = (format: Streamed): Rendering => ({
  columns: ['owner', 'part', 'n'].map((name) => ({
    ...{ property: name, name, kind: 'text' },
    ...{ nullable: false, description: '' },
  })),
  format,
  numbers: 'number',
});
/** Part of each row, so that some ten thousand of them are more than is kept. */
const LONG = 'x'.repeat(200);
const PARTS = [0, 1, 2].map((part) => ({
  shape: ['rows', part],
  rows: (owner: unknown) => sql`(select ${owner} as owner, ${sql.lit(part)} as part)`,
  values: {},
}));

/** A database in which each owner has so many rows in each part, and what was asked of it. */
class Fake {
  statements = 0;
  bytes = 0;
  /** Most owners of one statement. */
  owners = 0;

  constructor(
    readonly rows: Readonly<Record<string, readonly number[]>>,
    readonly format: Streamed,
  ) {}

  linesOf(owner: string, part: number): string[] {
    const line = (n: number): string =>
      this.format === 'csv'
        ? `${owner},${part},"${n},\n${LONG}"\n`
        : `{"owner":"${owner}","part":${part},"n":"${n}${LONG}"}\n`;
    return Array.from({ length: this.rows[owner]![part]! }, (_, n) => line(n));
  }

  /** Every line that an export ought to have. */
  all(): string {
    return Object.keys(this.rows)
      .flatMap((owner) => [0, 1, 2].flatMap((part) => this.linesOf(owner, part)))
      .join('');
  }

  readonly copy = async function* (this: Fake, query: NamedQuery): AsyncIterable<Buffer> {
    const bytes = Buffer.from(this.answer(query).join(''));
    this.statements++;
    this.bytes += bytes.length;
    // Of a length that no line has, so that every line is cut somewhere.
    for (let at = 0; at < bytes.length; at += 4093) yield bytes.subarray(at, at + 4093);
  }.bind(this);

  answer({ sql: text, parameters }: NamedQuery): string[] {
    const part = Number(/(\d) as part/.exec(text)![1]);
    const owners = parameters.find((value) => Array.isArray(value)) as string[] | undefined;
    this.owners = Math.max(this.owners, owners?.length ?? 1);
    if (!owners) return this.linesOf(parameters[0] as string, part);
    const mark = parameters.find((value) => /^[0-9a-f]{32}$/.test(String(value))) as string;
    const end = `${mark}${this.format === 'csv' ? ',,' : ''}\n`;
    const limit = Number(/limit (\d+)/.exec(text)![1]);
    return owners.flatMap((owner) => [...this.linesOf(owner, part), end]).slice(0, limit);
  }

  async read(): Promise<string> {
    const lines: Buffer[] = [];
    const inTurn = { owners: Object.keys(this.rows), parts: PARTS };
    for await (const some of linesInTurn(inTurn, rendering(this.format), this.copy)) lines.push(some);
    return Buffer.concat(lines).toString();
  }
}

describe.each(['csv', 'ndjson'] as const)('rows of several owners in turn: %s', (format) => {
  const many = (count: number, rows: readonly number[]): Record<string, readonly number[]> =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`O${i}`, rows]));

  it('share statements where they are few: one owner alone, then all others', async () => {
    const fake = new Fake(many(100, [3, 0, 5]), format);
    expect(await fake.read()).toBe(fake.all());
    expect(fake.statements).toBe(6);
  });

  it('are read owner by owner where they are many', async () => {
    const fake = new Fake(many(3, [45_000, 1, 45_000]), format);
    expect(await fake.read()).toBe(fake.all());
    expect(fake).toMatchObject({ statements: 9, owners: 1 });
  });

  it('are right where owners are not alike, and hardly any row is read twice', async () => {
    const rows = { ...many(3, [1, 1, 1]), X: [10, 30_000, 60_000], Y: [0, 0, 0], Z: [55_000, 1, 1], W: [2, 2, 2] };
    const fake = new Fake(rows, format);
    const read = await fake.read();
    expect(read === fake.all()).toBe(true);
    expect(fake.bytes).toBeLessThan(3 * read.length);
  });

  it('of nobody, and of owners without any, are none', async () => {
    expect(await new Fake({}, format).read()).toBe('');
    expect(await new Fake(many(3, [0, 0, 0]), format).read()).toBe('');
  });
});
