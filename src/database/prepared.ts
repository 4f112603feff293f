import pg from 'pg';

/** What a row of a prepared statement looks like: each column's name, and how its text is read. */
export type RowShape = readonly { readonly name: string; readonly parse: (text: string) => unknown }[];

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

/** The parts of pg's connection that a statement speaks through. */
interface Wire {
  readonly stream: { write(bytes: Buffer): boolean; cork(): void; uncork(): void };
  readonly parsedStatements: Record<string, string>;
  parse(statement: { name: string; text: string }): void;
  describe(what: { type: 'S'; name: string }): void;
}

/** Execute of the unnamed portal with all its rows, then Sync: the end of every message below. */
const EXECUTE_AND_SYNC = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x53, 0, 0, 0, 4]);

/**
 * A run of a statement that its connection prepares at most once. pg's own query asks for the columns' description with
 * each run and sends four messages one by one; this one asks once and sends one buffer, which takes a third of the time.
 * It is a query to pg by its documented `submit` interface.
 */
export class PreparedRun<Row> {
  readonly rows: Row[] = [];
  #shape: RowShape | undefined;

  /**
   * @param shapes    what this connection knows of its prepared statements, by name
   * @param callback  gets the rows or the error, once
   */
  constructor(
    readonly name: string,
    readonly text: string,
    private readonly values: readonly unknown[],
    private readonly shapes: Map<string, RowShape>,
    private readonly types: pg.CustomTypesConfig,
    public callback: (error: Error | null, rows?: Row[]) => void,
  ) {
    this.#shape = shapes.get(name);
  }

  submit(connection: Wire): null {
    const run = bindAndExecute(this.name, this.values);
    if (this.#shape) {
      connection.stream.write(run);
      return null;
    }
    connection.stream.cork();
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
    this.shapes.set(this.name, this.#shape);
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    const row: Record<string, unknown> = {};
    const shape = this.#shape!;
    for (let i = 0; i < shape.length; i++) {
      const text = fields[i]!;
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

/** Bind to the unnamed portal with every value as text, then {@link EXECUTE_AND_SYNC}, in one buffer. */
function bindAndExecute(name: string, values: readonly unknown[]): Buffer {
  const texts = values.map(textOf);
  const lengths = texts.map((text) => (text === null ? 0 : Buffer.byteLength(text)));
  // Portal's and statement's names with their zeros, the counts of formats, values and result formats.
  const size = 4 + 1 + name.length + 1 + 2 + 2 + 4 * texts.length + lengths.reduce((sum, n) => sum + n, 0) + 2;
  const bytes = Buffer.allocUnsafe(1 + size + EXECUTE_AND_SYNC.length);
  let at = bytes.writeUInt8(0x42, 0);
  at = bytes.writeInt32BE(size, at);
  at = bytes.writeUInt8(0, at);
  at += bytes.write(name, at, 'latin1');
  at = bytes.writeUInt8(0, at);
  at = bytes.writeInt16BE(0, at);
  at = bytes.writeInt16BE(texts.length, at);
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i]!;
    at = bytes.writeInt32BE(text === null ? -1 : lengths[i]!, at);
    if (text !== null) at += bytes.write(text, at, 'utf8');
  }
  at = bytes.writeInt16BE(0, at);
  EXECUTE_AND_SYNC.copy(bytes, at);
  return bytes;
}

/** A value as PostgreSQL reads it; lists as array literals, every item quoted. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `{${value.map((item) => `"${String(item).replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
  return String(value);
}
