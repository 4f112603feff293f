import { type Expression, type RawBuilder, sql } from 'kysely';
import type { Run } from '../postgres/sharing.js';
import { Shared } from '../base/cancellation.js';
import { currentRequest, enterRequest, RequestScope } from '../base/request.js';
import type { Database } from '../postgres/database.js';
import { fromTemplate, listHole } from '../sql/template.js';

/** The rows of an owner, such as the bars of a symbol, whoever the owner is. */
export interface OwnerRows {
  /** All that decides the text of the statement, see {@link fromTemplate}. */
  readonly shape: readonly unknown[];
  /** Its rows in their order, at most so many (null: all). */
  readonly rows: (owner: Expression<string>, limit: RawBuilder<number> | null) => Expression<unknown>;
  /** What fills its holes. */
  readonly values: Record<string, unknown>;
}

/** A statement that yields at most one row for each of several owners. */
export interface BatchStatement<Row> {
  /** All that decides its text. */
  readonly shape: readonly unknown[];
  /** The row of one owner, which is a column of an outer row. */
  readonly each: (owner: Expression<string>) => RawBuilder<Row>;
  /** What fills its holes; requests of other owners share the statement when these are the same. */
  readonly values: Record<string, unknown>;
  /** Owners that strangers may be answered for together: more of them keep the first one waiting. */
  readonly room: number;
}

/** Rows that a batch of pages may have. */
const ROWS = 5000;

/** Owners whose pages of so many rows fit into a batch. */
export function roomFor(limit: number): number {
  return Math.max(1, Math.floor(ROWS / Math.max(1, limit)));
}

/** The row of each owner, beside its name: one statement however many there are. */
export function forEach<Row>(
  each: (owner: Expression<string>) => RawBuilder<Row>,
): RawBuilder<Row & { owner: string }> {
  return sql`select s.owner, each.* from unnest(${listHole('owners')}) as s (owner) cross join lateral (${each(sql.ref('s.owner'))}) as each`;
}

/** Batches of a kind that run at a time before further owners are gathered for the next. */
const AT_ONCE = 2;
/** How long owners are gathered at most, in milliseconds; then their statement runs beside the others. */
const PATIENCE = 10;

interface Batch {
  readonly owners: Set<string>;
  readonly rows: PromiseWithResolvers<ReadonlyMap<string, unknown>>;
  readonly shared: Shared<ReadonlyMap<string, unknown>>;
  readonly start: () => void;
  timer?: NodeJS.Timeout;
}

/** Batches of one kind. */
interface Line {
  /** No Set: V8 keeps what was deleted from one, rows and all, until it collects the old generation. */
  running: Batch[];
  gathering: Batch | null;
}

/**
 * Statements that requests share though each asks for an owner of its own. Alone a request's statement runs at once;
 * while others of its kind run, further owners are gathered, and their one statement runs when one of those has ended.
 * So the less the database keeps up, the more each statement answers: what a statement costs beside its rows, most of
 * the newest bar's cost, is then paid once for all of them. (The same is known as group commit.)
 */
class Batches {
  readonly #lines = new Map<string, Line>();

  constructor(private readonly run: Run) {}

  /** The row of each owner that has one, by owner, for one request. */
  join<Row>(
    statement: BatchStatement<Row>,
    owners: readonly string[],
    scope: RequestScope,
  ): Promise<ReadonlyMap<string, Row>> {
    const key = `${statement.shape.join('\0')} ${JSON.stringify(statement.values)}`;
    let line = this.#lines.get(key);
    if (!line) this.#lines.set(key, (line = { running: [], gathering: null }));
    const running = line.running.find((one) => owners.every((owner) => one.owners.has(owner)));
    const batch = running ?? this.#gather(line, key, statement, owners, scope);
    return batch.shared.wait(batch.rows.promise, scope) as Promise<ReadonlyMap<string, Row>>;
  }

  #gather<Row>(
    line: Line,
    key: string,
    statement: BatchStatement<Row>,
    owners: readonly string[],
    scope: RequestScope,
  ): Batch {
    if (line.gathering && line.gathering.owners.size + owners.length > statement.room) line.gathering.start();
    const batch = (line.gathering ??= this.#open(line, key, statement, scope));
    for (const owner of owners) batch.owners.add(owner);
    if (line.running.length < AT_ONCE) batch.start();
    else batch.timer ??= setTimeout(batch.start, PATIENCE);
    return batch;
  }

  #open<Row>(line: Line, key: string, statement: BatchStatement<Row>, scope: RequestScope): Batch {
    const leave = (): void => {
      clearTimeout(batch.timer);
      line.running = line.running.filter((other) => other !== batch);
      if (line.gathering === batch) line.gathering = null;
    };
    const end = (): void => {
      leave();
      if (line.running.length >= AT_ONCE) return;
      if (line.gathering) line.gathering.start();
      else if (line.running.length === 0 && this.#lines.get(key) === line) this.#lines.delete(key);
    };
    const batch: Batch = {
      owners: new Set(),
      rows: Promise.withResolvers(),
      // Its statement may still run for a moment, but nobody joins it any more.
      shared: new Shared(end),
      start: () => {
        leave();
        line.running.push(batch);
        // Part of whoever came first, in traces and in the pool's queue.
        enterRequest(scope, () => this.#rows(statement, batch))
          .then(batch.rows.resolve, batch.rows.reject)
          .finally(end);
      },
    };
    return batch;
  }

  async #rows<Row>(statement: BatchStatement<Row>, { owners, shared }: Batch): Promise<ReadonlyMap<string, Row>> {
    const { shape, each, values } = statement;
    const query = fromTemplate(['each', ...shape], () => forEach(each), { ...values, owners: [...owners] });
    const rows = await this.run(query, shared.leash);
    return new Map(rows.map((row) => [row.owner, row]));
  }
}

/** The batches of each database. */
const BATCHES = new WeakMap<Database, Batches>();

/** The row of each owner that has one, by owner; requests that ask for other owners share its statement. */
export function rowOfEach<Row>(
  db: Database,
  statement: BatchStatement<Row>,
  owners: readonly string[],
): Promise<ReadonlyMap<string, Row>> {
  const scope = currentRequest() ?? new RequestScope('');
  let batches = BATCHES.get(db);
  if (!batches) BATCHES.set(db, (batches = new Batches((query, leash) => db.run(query, leash))));
  return scope.account(() => batches.join(statement, owners, scope));
}
