import pg from 'pg';
import type { RawRows } from '../base/raw-rows.js';
import type { PgConnection, RowReader } from './pg-internals.js';

/** What a row of a prepared statement looks like: each column's name, and how its text is read. */
type RowShape = readonly { readonly name: string; readonly parse: (text: string) => unknown }[];

interface Field {
  readonly name: string;
  readonly dataTypeID: Parameters<pg.CustomTypesConfig['getTypeParser']>[0];
}

/**
 * Most statements that a connection keeps prepared. The plan of each stays in the memory of its backend: 1.4 MB for a
 * year of bars in 53 compressed chunks. What is in use at a time is few statements with many values.
 */
const MAX_PREPARED = 50;

/** What a connection has prepared; the statement unused for longest makes room for the next. */
export class Prepared {
  /** In the order of their last use; null until the server has described the columns. */
  readonly #shapes = new Map<string, RowShape | null>();

  /** Notes that a statement is used; its columns where they are known. */
  use(name: string): RowShape | null {
    const shape = this.#shapes.get(name) ?? null;
    this.#shapes.delete(name);
    this.#shapes.set(name, shape);
    return shape;
  }

  /** Notes the columns of a statement. */
  describe(name: string, shape: RowShape): void {
    this.#shapes.set(name, shape);
  }

  /** Forgets the statement unused for longest, when there are too many; its name. */
  shed(): string | null {
    if (this.#shapes.size <= MAX_PREPARED) return null;
    const [oldest] = this.#shapes.keys();
    this.#shapes.delete(oldest!);
    return oldest!;
  }
}

/** All rows of a portal, then Sync: the end of every message below. */
const ALL_AND_SYNC = Buffer.from([0, 0, 0, 0, 0x53, 0, 0, 0, 4]);

/**
 * A run of a statement that its connection prepares at most once. pg's own query asks for the columns' description with
 * each run and sends four messages one by one; this one asks once and sends one buffer, which takes a third of the
 * time. It is a query to pg by its documented `submit` interface.
 */
export class PreparedRun<Row> {
  readonly rows: Row[] = [];
  #shape: RowShape | null = null;

  /**
   * @param prepared  what this connection has prepared
   * @param callback  gets the rows or the error, once
   * @param portal    what the server's log calls this run, beside the statement's name; ASCII
   */
  constructor(
    readonly name: string,
    readonly text: string,
    private readonly values: readonly unknown[],
    private readonly prepared: Prepared,
    private readonly types: pg.CustomTypesConfig,
    public callback: (error: Error | null, rows?: Row[]) => void,
    private readonly portal = '',
  ) {}

  submit(connection: PgConnection): null {
    const run = bindAndExecute(this.portal, this.name, this.values);
    this.#shape = this.prepared.use(this.name);
    if (this.#shape) {
      connection.stream.write(run);
      return null;
    }
    connection.stream.cork();
    makeRoom(connection, this.prepared);
    if (connection.parsedStatements[this.name] === undefined) connection.parse(this);
    connection.describe({ type: 'S', name: this.name });
    connection.stream.write(run);
    connection.stream.uncork();
    return null;
  }

  handleRowDescription({ fields }: { fields: readonly Field[] }): void {
    this.#shape = fields.map(({ name, dataTypeID }) => ({
      name,
      parse: this.types.getTypeParser(dataTypeID, 'text') as (text: string) => unknown,
    }));
    this.prepared.describe(this.name, this.#shape);
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    const row: Record<string, unknown> = {};
    const shape = this.#shape!;
    for (let i = 0; i < shape.length; i++) {
      const text = fields[i] as string | null;
      row[shape[i]!.name] = text === null ? null : shape[i]!.parse(text);
    }
    this.rows.push(row as Row);
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(null, this.rows);
  }

  handleCommandComplete(): void {
    // The rows are all there is to know.
  }
}

/**
 * A run of a statement whose rows stay bytes. One without a name is parsed anew each time, as a pooler in transaction
 * mode needs it.
 */
export class RawRun {
  /**
   * @param reader    that of this connection
   * @param callback  gets the rows or the error, once
   * @param portal    what the server's log calls this run
   * @param receive   gets rows as they come; the callback then gets none
   */
  constructor(
    readonly name: string,
    readonly text: string,
    private readonly values: readonly unknown[],
    private readonly prepared: Prepared,
    private readonly reader: RowReader,
    public callback: (error: Error | null, rows?: RawRows) => void,
    private readonly portal = '',
    private readonly receive: ((rows: RawRows) => void) | null = null,
  ) {}

  submit(connection: PgConnection): null {
    const run = bindAndExecute(this.portal, this.name, this.values);
    this.reader.start(this.receive);
    const isNamed = this.name !== '';
    if (isNamed) this.prepared.use(this.name);
    if (isNamed && connection.parsedStatements[this.name] !== undefined) {
      connection.stream.write(run);
      return null;
    }
    connection.stream.cork();
    if (isNamed) makeRoom(connection, this.prepared);
    connection.parse(this);
    connection.stream.write(run);
    connection.stream.uncork();
    return null;
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(null, this.reader.rows());
  }

  handleCommandComplete(): void {
    // The rows are all there is to know.
  }
}

/** Closes the statement unused for longest, where there are too many. */
function makeRoom(connection: PgConnection, prepared: Prepared): void {
  const shed = prepared.shed();
  if (shed === null) return;
  connection.close({ type: 'S', name: shed });
  Reflect.deleteProperty(connection.parsedStatements, shed);
}

/** Bind to a portal with every value as text, then Execute and Sync, in one buffer. */
function bindAndExecute(portal: string, name: string, values: readonly unknown[]): Buffer {
  const texts = values.map(textOf);
  const lengths = texts.map((text) => (text === null ? 0 : Buffer.byteLength(text)));
  // Portal's and statement's names with their zeros, the counts of formats, values and result formats.
  const names = portal.length + 1 + name.length + 1;
  const bind = 4 + names + 2 + 2 + 4 * texts.length + lengths.reduce((sum, n) => sum + n, 0) + 2;
  const execute = 4 + portal.length + 1 + 4;
  const bytes = Buffer.allocUnsafe(1 + bind + 1 + execute + 5);
  const write = (text: string): number => bytes.writeUInt8(0, at + bytes.write(text, at, 'latin1'));
  let at = bytes.writeUInt8(0x42, 0);
  at = bytes.writeInt32BE(bind, at);
  at = write(portal);
  at = write(name);
  at = bytes.writeInt16BE(0, at);
  at = bytes.writeInt16BE(texts.length, at);
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i] as string | null;
    at = bytes.writeInt32BE(text === null ? -1 : lengths[i]!, at);
    if (text !== null) at += bytes.write(text, at, 'utf8');
  }
  at = bytes.writeInt16BE(0, at);
  at = bytes.writeUInt8(0x45, at);
  at = bytes.writeInt32BE(execute, at);
  at = write(portal);
  ALL_AND_SYNC.copy(bytes, at);
  return bytes;
}

/** A value as PostgreSQL reads it; lists as array literals, every item quoted. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `{${value.map((item) => `"${String(item).replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
  return (value as number | bigint | boolean).toString();
}
