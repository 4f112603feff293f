import type { Random } from '../../../src/setup/sample/random.js';
import type { TestApp } from '../../support/app.js';
import { plain, readPage, type Resource, type Row } from './ask.js';
import { SEED } from './seed.js';

/** What was compared so far, and the differences, the first few of them whole. */
export class Differences {
  readonly found: string[] = [];
  compared = 0;

  constructor(
    private readonly where: string,
    private readonly most = 3,
  ) {}

  /** Whether enough was found to stop. */
  get enough(): boolean {
    return this.found.length >= this.most;
  }

  add(difference: string): void {
    this.found.push(`${this.where}, ORACLE_SEED=${SEED}\n${difference}`);
  }
}

/**
 * How long a change of the data may take to be seen, in milliseconds: more than any answer promises, and more than the
 * board and breadth do, which follow the directory in the background.
 */
const SETTLE_MS = 6_000;
export const BACKGROUND_MS = 90_000;

/**
 * Walks all pages of a list, each in a form of its own, and compares them with its true rows.
 * @param settle  whether the data changed a moment ago, so that the answer may lag behind for a moment, or for how many
 *   milliseconds it may
 */
export async function compareList(
  api: TestApp,
  rng: Random,
  resource: Resource,
  truth: readonly Row[],
  limit: number,
  differences: Differences,
  settle: boolean | number,
): Promise<void> {
  differences.compared += 1;
  const until = Date.now() + (settle === true ? SETTLE_MS : Number(settle));
  for (;;) {
    const difference = await walk(api, rng, resource, truth, limit).catch((error: unknown) => (error as Error).message);
    if (difference === null) return;
    if (Date.now() >= until) {
      differences.add(difference);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function walk(
  api: TestApp,
  rng: Random,
  resource: Resource,
  truth: readonly Row[],
  limit: number,
): Promise<string | null> {
  let token: string | null = null;
  let read = 0;
  do {
    const page = await readPage(api, rng, resource, limit, token);
    const say = (what: string): string => `${page.asked}\n${what} (row ${read} of ${truth.length} on)`;
    if (page.rows.length > limit) return say(`a page of ${limit} has ${page.rows.length} rows`);
    const expected = truth.slice(read, read + limit);
    const wrong = firstDifference(page.rows, expected, page.columns);
    if (wrong !== null) return say(wrong);
    read += page.rows.length;
    const more: boolean = read < truth.length;
    if (more !== (page.token !== null)) return say(more ? 'the pages end too early' : 'there is a page too many');
    token = page.token;
  } while (token !== null);
  return null;
}

function firstDifference(rows: readonly Row[], expected: readonly Row[], columns: readonly string[]): string | null {
  for (let i = 0; i < Math.max(rows.length, expected.length); i++) {
    const [row, wanted] = [rows[i], expected[i]];
    if (!row) return `row ${i} is missing: ${JSON.stringify(wanted)}`;
    if (!wanted) return `row ${i} should not be there: ${JSON.stringify(row)}`;
    const name = columns.find((column) => row[column] !== plain(wanted[column]));
    if (name !== undefined) {
      return `row ${i}, ${name}: ${String(row[name])}, expected ${String(wanted[name])} of ${JSON.stringify(wanted)}`;
    }
  }
  return null;
}

/** Compares one value of an answer, after a change for as long as it may lag behind. */
export async function compareValue(
  asked: string,
  read: () => Promise<unknown>,
  truth: unknown,
  differences: Differences,
  settle: boolean | number,
): Promise<void> {
  differences.compared += 1;
  const until = Date.now() + (settle === true ? SETTLE_MS : Number(settle));
  const wanted = JSON.stringify(truth);
  for (;;) {
    const got = await read().then(JSON.stringify, (error: unknown) => (error as Error).message);
    if (got === wanted) return;
    if (Date.now() >= until) {
      differences.add(`${asked}\n${got}\nexpected ${wanted}`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
