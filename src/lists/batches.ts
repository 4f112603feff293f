import type { Expression, RawBuilder } from 'kysely';
import { type Cancellation, Shared } from '../base/cancellation.js';
import { currentRequest, enterRequest, RequestScope } from '../base/request.js';
import type { Database } from '../postgres/database.js';
import type { Column } from '../sql/columns.js';
import { pagesStatement } from '../sql/page.js';
import { fromTemplate, placeholder } from '../sql/template.js';
import { PageRows, splitPages } from './page-rows.js';

/** The rows of an owner, such as the bars of a symbol, whoever the owner is. */
export interface OwnerRows {
  /** All that decides the text of the statement, see {@link fromTemplate}. */
  readonly shape: readonly unknown[];
  /** Its rows in their order, at most so many (null: all). */
  readonly rows: (owner: Expression<string>, limit: RawBuilder<number> | null) => Expression<unknown>;
  /** What its placeholders stand for. */
  readonly values: Record<string, unknown>;
  /** What else it reads for each owner, counted in rows. */
  readonly weight?: number;
}

/** A statement that yields a page of rows for each of several owners. */
export interface BatchPages {
  /** All that decides its text. */
  readonly shape: readonly unknown[];
  readonly rows: (owner: Expression<string>) => Expression<unknown>;
  readonly columns: readonly Column[];
  /** What its placeholders stand for; requests of other owners share the statement when these are the same. */
  readonly values: Record<string, unknown>;
  /** Owners that different requests may be answered for together: more of them keep the first one waiting. */
  readonly maxBatchSize: number;
}

/** A page as it was read: what its statement saw (see sql/database-state.ts), and its rows. */
export interface ReadPage {
  readonly state: string;
  readonly rows: PageRows;
}

/** Rows that a batch of pages may have. */
const MAX_BATCH_ROWS = 2600;

/** The statement for a page of each of several owners; one row more than the limit tells of a next page. */
export function pagesOf(
  { shape, rows, values, weight = 0 }: OwnerRows,
  limit: number,
  columns: readonly Column[],
): BatchPages {
  return {
    shape: [columns.map(({ name }) => name).join(), ...shape],
    rows: (owner) => rows(owner, placeholder('limitAndOne')),
    columns,
    values: { ...values, limitAndOne: limit + 1 },
    maxBatchSize: Math.max(1, Math.floor(MAX_BATCH_ROWS / Math.max(1, limit + weight))),
  };
}

/** Batches of a kind that run at a time before further owners are gathered for the next. */
const MAX_CONCURRENT = 2;
/** How long owners are gathered at most; then their statement runs beside the others. */
const MAX_GATHERING_MS = 10;

/** The page of each of some owners, by owner. */
type Pages = ReadonlyMap<string, ReadPage>;

interface Batch {
  readonly owners: Set<string>;
  readonly pages: PromiseWithResolvers<Pages>;
  readonly shared: Shared<Pages>;
  readonly start: () => void;
  timer?: NodeJS.Timeout;
}

/** Batches of one kind. */
interface BatchQueue {
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
  readonly #queues = new Map<string, BatchQueue>();

  constructor(private readonly db: Database) {}

  /** The page of each owner, by owner, for one request. */
  join(statement: BatchPages, owners: readonly string[], scope: RequestScope): Promise<Pages> {
    const key = `${statement.shape.join('\0')} ${JSON.stringify(statement.values)}`;
    let queue = this.#queues.get(key);
    if (!queue) this.#queues.set(key, (queue = { running: [], gathering: null }));
    const running = queue.running.find((one) => owners.every((owner) => one.owners.has(owner)));
    const batch = running ?? this.#gather(queue, key, statement, owners, scope);
    return batch.shared.wait(batch.pages.promise, scope);
  }

  #gather(
    queue: BatchQueue,
    key: string,
    statement: BatchPages,
    owners: readonly string[],
    scope: RequestScope,
  ): Batch {
    const { gathering } = queue;
    if (gathering && gathering.owners.size + owners.length > statement.maxBatchSize) gathering.start();
    const batch = (queue.gathering ??= this.#open(queue, key, statement, scope));
    for (const owner of owners) batch.owners.add(owner);
    if (queue.running.length < MAX_CONCURRENT) batch.start();
    else batch.timer ??= setTimeout(batch.start, MAX_GATHERING_MS);
    return batch;
  }

  #open(queue: BatchQueue, key: string, statement: BatchPages, scope: RequestScope): Batch {
    const leave = (): void => {
      clearTimeout(batch.timer);
      queue.running = queue.running.filter((other) => other !== batch);
      if (queue.gathering === batch) queue.gathering = null;
    };
    const end = (): void => {
      leave();
      if (queue.running.length >= MAX_CONCURRENT) return;
      if (queue.gathering) queue.gathering.start();
      else if (queue.running.length === 0 && this.#queues.get(key) === queue) this.#queues.delete(key);
    };
    const batch: Batch = {
      owners: new Set(),
      pages: Promise.withResolvers(),
      // Its statement may still run for a moment, but nobody joins it any more.
      shared: new Shared(end),
      start: () => {
        leave();
        queue.running.push(batch);
        // Part of whoever came first, in traces and in the pool's queue.
        enterRequest(scope, () => this.#read(statement, [...batch.owners], batch.shared.cancellation))
          .then(batch.pages.resolve, batch.pages.reject)
          .finally(end);
      },
    };
    return batch;
  }

  async #read(
    { shape, rows, columns, values }: BatchPages,
    owners: readonly string[],
    cancellation: Cancellation,
  ): Promise<Pages> {
    const query = fromTemplate(['pages', ...shape], () => pagesStatement(rows, columns), { ...values, owners });
    const { state, rows: found } = splitPages(await this.db.runRaw(query, cancellation), owners.length);
    return new Map(owners.map((owner, i) => [owner, { state, rows: new PageRows(columns, [found[i]!], 2) }]));
  }
}

/** The batches of each database. */
const BATCHES = new WeakMap<Database, Batches>();

function batchesOf(db: Database): Batches {
  let batches = BATCHES.get(db);
  if (!batches) BATCHES.set(db, (batches = new Batches(db)));
  return batches;
}

/** The page of each owner, by owner; requests that ask for other owners share its statement. */
export function pageOfEach(db: Database, statement: BatchPages, owners: readonly string[]): Promise<Pages> {
  const scope = currentRequest() ?? new RequestScope('');
  return scope.account(() => batchesOf(db).join(statement, owners, scope));
}
