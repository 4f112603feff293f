import pg from 'pg';
import { DATA_ROW, NO_ROWS, type RawRows } from '../base/raw-rows.js';

/**
 * Everything of pg that is not its documented interface. A test of this file fails where a new version of pg has
 * changed it.
 */

/** The parts of pg's connection that statements speak through. */
export interface PgConnection {
  readonly stream: PgSocket;
  /** Texts of prepared statements, by name. */
  readonly parsedStatements: Record<string, string>;
  parse(statement: { name: string; text: string }): void;
  close(what: { type: 'S'; name: string }): void;
  describe(what: { type: 'S'; name: string }): void;
}

/** A connection's socket, with TLS or without. */
interface PgSocket extends ReadStream {
  readonly bytesRead: number;
  write(bytes: Buffer): boolean;
  pause(): void;
  resume(): void;
  cork(): void;
  uncork(): void;
  destroy(): void;
}

/** What of it has to do with pg's parser. */
interface ReadStream {
  listeners(event: 'data'): unknown[];
  removeListener(event: 'data', listener: Take): void;
  on(event: 'data', listener: Take): void;
}

type Take = (bytes: Buffer) => void;

/** What a client has beyond pg's types: its connection, where its server is, and the secret that allows to cancel. */
export interface ClientParts {
  readonly connection: PgConnection;
  readonly host: string;
  readonly port: number;
  /** The server's process; null before it is known. */
  readonly processID: number | null;
  readonly secretKey: number | null;
  readonly connectionParameters: { readonly ssl?: pg.ClientConfig['ssl'] };
}

/** A client with the parts that pg's types leave out. */
export function partsOf(client: pg.ClientBase): ClientParts {
  // eslint-disable-next-line no-restricted-syntax -- pg's types tell another connection, and nothing of the rest
  return client as unknown as ClientParts;
}

/** A connection without a session, over which a statement of another one is cancelled. */
export interface CancelConnection extends pg.Connection {
  /** Connects to a port of a host, or to a Unix socket. */
  connect(port: number | string, host?: string): void;
  cancel(processId: number, secretKey: number): void;
}

/** A connection for a CancelRequest, not connected yet. */
export function cancelConnection(ssl: pg.ClientConfig['ssl']): CancelConnection {
  return new pg.Connection({ ssl }) as CancelConnection;
}

const READY_FOR_QUERY = 0x5a;
/** A message's type, and its length, which does not count the type. */
const HEADER_BYTES = 5;

/** Ends a connection at once, without the farewell that a silent server would never read. */
export function destroy(client: pg.ClientBase): void {
  partsOf(client).connection.stream.destroy();
}

/** The server's process behind a connection; 0 before it is known. */
export function pidOf(client: pg.ClientBase): number {
  return partsOf(client).processID ?? 0;
}

/**
 * Stands between a connection's socket and pg's parser, and keeps the rows of a statement as bytes. Everything else,
 * and all that comes while no statement asks for that, goes to the parser as it is.
 */
export class RowReader {
  readonly #parse: Take;
  #open = false;
  /** Runs of whole rows, as they came. */
  #rows: Buffer[] = [];
  #count = 0;
  /** The beginning of a message whose end has not come yet, and the bytes that it has when it has. */
  #begun: Buffer[] = [];
  #begunBytes = 0;
  #neededBytes = 0;
  #receive: ((rows: RawRows) => void) | null = null;

  /** @param connection  of a client that is connected and has nothing under way */
  constructor({ stream }: { readonly stream: ReadStream }) {
    const [parse, ...others] = stream.listeners('data') as Take[];
    if (!parse || others.length > 0) throw new Error('pg reads its socket in another way than it did');
    this.#parse = parse;
    stream.removeListener('data', parse);
    stream.on('data', (bytes) => (this.#open ? this.#take(bytes) : this.#parse(bytes)));
  }

  /**
   * Keeps the rows of the statement that is sent next, until the server is ready for another.
   * @param receive  gets rows as they come; without it all are kept for {@link rows}
   */
  start(receive: ((rows: RawRows) => void) | null = null): void {
    this.#rows = [];
    this.#count = 0;
    this.#receive = receive;
    this.#open = true;
  }

  /** The rows kept since {@link start}. */
  rows(): RawRows {
    const rows = this.#rows;
    const count = this.#count;
    this.#rows = [];
    this.#count = 0;
    if (count === 0) return NO_ROWS;
    return { bytes: rows.length === 1 ? rows[0]! : Buffer.concat(rows), count };
  }

  #take(bytes: Buffer): void {
    let at = 0;
    // Only the message that had begun is put together: a copy of everything would cost more than looking through it.
    while (this.#begunBytes > 0) {
      const end = Math.min(bytes.length, at + this.#neededBytes - this.#begunBytes);
      this.#begun.push(bytes.subarray(at, end));
      this.#begunBytes += end - at;
      at = end;
      if (this.#begunBytes < this.#neededBytes) return;
      const whole = Buffer.concat(this.#begun, this.#begunBytes);
      this.#begunBytes = 0;
      this.#split(whole);
    }
    if (at < bytes.length) this.#rest(bytes.subarray(at));
  }

  /** Takes whole messages; what is left at the end is the beginning of another. */
  #split(bytes: Buffer): void {
    let at = 0;
    let firstRow = -1;
    const keep = (): void => {
      if (firstRow >= 0) this.#rows.push(bytes.subarray(firstRow, at));
      firstRow = -1;
      if (this.#receive && this.#count > 0) this.#receive(this.rows());
    };
    while (at + HEADER_BYTES <= bytes.length) {
      const end = at + 1 + bytes.readUInt32BE(at + 1);
      if (end > bytes.length) break;
      const type = bytes[at];
      if (type === DATA_ROW) {
        if (firstRow < 0) firstRow = at;
        this.#count += 1;
        at = end;
        continue;
      }
      keep();
      if (type === READY_FOR_QUERY) {
        this.#open = false;
        // The next statement may be sent from within the parser.
        this.#parse(bytes.subarray(at, end));
        if (end < bytes.length) this.#rest(bytes.subarray(end));
        return;
      }
      this.#parse(bytes.subarray(at, end));
      at = end;
    }
    keep();
    if (at < bytes.length) this.#begin(bytes.subarray(at));
  }

  #rest(bytes: Buffer): void {
    if (this.#open) this.#split(bytes);
    else this.#parse(bytes);
  }

  #begin(part: Buffer): void {
    this.#begun = [part];
    this.#begunBytes = part.length;
    this.#neededBytes = part.length < HEADER_BYTES ? HEADER_BYTES : 1 + part.readUInt32BE(1);
  }
}
