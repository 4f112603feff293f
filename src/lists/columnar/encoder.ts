import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { ApiError } from '../../base/errors.js';
import type { Order, Reply } from './messages.js';
import type { FileHead, Unfit } from './schema.js';

/** How long the thread stays when no file is being made, in milliseconds. */
const IDLE_MS = 60_000;
/** Memory of its heap at most, in MiB; columns are outside of it. */
const LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 4 };
/** Characters of a value that an error names. */
const SHOWN = 60;

/** Where the thread's program is: beside this one, in the bundle, too; that of the build where TypeScript runs. */
function program(): URL {
  const beside = new URL('./columnar-worker.js', import.meta.url);
  return existsSync(beside) ? beside : new URL(beside.href.replace(/\/src\/(?!.*\/src\/)/, '/dist/'));
}

/** A file that is being made. */
export interface FileInMaking {
  /**
   * Adds rows, and gives what is ready of the file. The next rows wait for that.
   * @param skipped  values of each row before those that are meant
   * @param count    how many of the rows count
   */
  add(rows: Buffer, skipped: number, count: number): Promise<Buffer>;
  /** The rest of the file. */
  end(): Promise<Buffer>;
  /** Ends what was not ended; nothing more is made of it. */
  drop(): void;
}

interface Waiting {
  readonly resolve: (bytes: Buffer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The one thread in which columns are made of rows, for all files at a time: each sends some rows and waits for what
 * becomes of them, so that they take turns. It starts with the first file and goes when none was made for a while.
 */
class Encoder {
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | undefined;
  #next = 0;
  readonly #open = new Set<number>();
  readonly #waiting = new Map<number, Waiting>();

  /** Begins a file. */
  open(head: FileHead): FileInMaking {
    const file = this.#next++;
    this.#open.add(file);
    clearTimeout(this.#idle);
    this.#send({ file, head });
    return {
      add: (rows, skipped, count) => {
        const own = new Uint8Array(rows);
        return this.#ask({ file, rows: own, skipped, count }, [own.buffer]);
      },
      end: () => this.#ask({ file, last: true }),
      drop: () => this.#drop(file),
    };
  }

  #ask(order: Order, handed: ArrayBuffer[] = []): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (!this.#open.has(order.file)) return reject(lost(null));
      this.#waiting.set(order.file, { resolve, reject });
      this.#send(order, handed);
    });
  }

  #send(order: Order, handed: ArrayBuffer[] = []): void {
    (this.#worker ??= this.#start()).postMessage(order, handed);
  }

  #start(): Worker {
    const worker = new Worker(program(), { execArgv: [], env: {}, resourceLimits: LIMITS });
    worker.on('message', (reply: Reply) => this.#receive(reply));
    worker.on('error', (error) => this.#end(worker, error));
    worker.on('exit', () => this.#end(worker, null));
    // After the listeners: one of messages keeps the process.
    worker.unref();
    return worker;
  }

  #receive(reply: Reply): void {
    const waiting = this.#waiting.get(reply.file);
    this.#waiting.delete(reply.file);
    if ('bytes' in reply) {
      const { buffer, byteOffset, length } = reply.bytes;
      waiting?.resolve(Buffer.from(buffer, byteOffset, length));
    } else waiting?.reject('unfit' in reply ? unfit(reply.unfit) : new Error(reply.failure));
  }

  #drop(file: number): void {
    if (!this.#open.delete(file)) return;
    this.#waiting.delete(file);
    this.#worker?.postMessage({ file, last: false } satisfies Order);
    if (this.#open.size === 0) this.#idle = setTimeout(() => void this.#worker?.terminate(), IDLE_MS).unref();
  }

  /** The thread is gone: those whose files were in it hear of it, and the next file starts another. */
  #end(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#open.clear();
    for (const { reject } of this.#waiting.values()) reject(lost(error));
    this.#waiting.clear();
  }
}

function lost(cause: unknown): ApiError {
  return new ApiError('overloaded', 'The file could not be made. Try again shortly.', {}, { cause });
}

function unfit({ column, value, type }: Unfit): ApiError {
  const shown = value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
  return new ApiError('limit_exceeded', `${column} has a value that is not exact as ${type}: ${shown}.`, {
    param: 'format',
    hint: 'Ask for numbers=string, which has texts in its place, or for another format.',
  });
}

/** The encoder of this process. */
export const encoder = new Encoder();
