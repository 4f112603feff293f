import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Config } from '../config/config.js';
import type { RequestScope } from '../base/request.js';
import { ApiError } from '../base/errors.js';
import { Shares } from '../base/shares.js';
import { EventStream } from './event-stream.js';
import { sendProblem } from './problem.js';
import type { Stage } from './stage.js';

/** What is kept of a stream while it is sent, in bytes: its own buffer and those below it. */
const STREAM_BYTES = 512 * 1024;

/** An answer on its way to its client. */
interface Sending {
  /** Null once it is over: what was sent must not stay reachable. */
  raw: ServerResponse | null;
  readonly scope: RequestScope;
  readonly bytes: number;
  /** Since when the answer waits for its client, and how much the client had taken then. */
  since: number;
  taken: number;
}

type Limits = Pick<
  Config,
  'HTTP_IDLE_TIMEOUT_MS' | 'HTTP_MIN_RATE' | 'DATABASE_EXPORT_MIN_RATE' | 'MAX_BYTES_IN_FLIGHT' | 'CLIENT_SHARE'
>;

/**
 * Answers while they are sent, which takes as long as the client takes, within limits: in each window of
 * HTTP_IDLE_TIMEOUT_MS in which an answer waited for its client, the client must have taken HTTP_MIN_RATE bytes a
 * second of it, or it is cut off. All unsent answers together have MAX_BYTES_IN_FLIGHT, and each client its share of
 * it.
 */
export class Delivery {
  readonly #sending = new Set<Sending>();
  readonly #shares: Shares;
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;

  constructor(private readonly limits: Readonly<Limits>) {
    this.#shares = new Shares(limits.CLIENT_SHARE);
    const every = Math.min(1000, limits.HTTP_IDLE_TIMEOUT_MS / 4);
    this.#timer = setInterval(() => this.#look(), every).unref();
  }

  /** Refuses a further answer while too much is unsent. */
  get admission(): Stage {
    return {
      name: 'delivery admission',
      preHandler: (request, reply, done) => {
        try {
          this.#admit(request.scope);
        } catch (error) {
          return sendProblem(error, request, reply);
        }
        done();
      },
    };
  }

  /** Looks after an answer from its first byte on. */
  get start(): Stage {
    return {
      name: 'delivery start',
      onSend: (request, { raw }, payload, done) => {
        // Nothing is sent to a client that has left, and nothing would say that it is over. What Fastify answers by
        // itself, without the first stages, has no scope.
        const begun = request.scope as RequestScope | null;
        if (begun && !raw.destroyed) request.sent ??= this.#begin(raw, request.scope, payload as Payload);
        done(null, payload);
      },
    };
  }

  /** Stops looking. */
  close(): void {
    clearInterval(this.#timer);
  }

  #admit({ caller }: RequestScope): void {
    const all = this.limits.MAX_BYTES_IN_FLIGHT;
    const limit = this.#shares.limit(caller, all);
    if (this.#shares.held(caller) >= limit) {
      throw new ApiError('rate_limited', `This client has ${limit} bytes of answers that it has not read yet.`, {
        hint: 'Read them, or ask for fewer at a time.',
      });
    }
    // Who has read everything is not kept out by those who have not, unless there are very many of them.
    const most = this.#shares.held(caller) > 0 ? all : all * 2;
    if (this.#bytes >= most) throw new ApiError('overloaded', 'Too many answers wait to be read. Try again shortly.');
  }

  /** An answer begins to be sent; what is returned says that it is over. */
  #begin(raw: ServerResponse, scope: RequestScope, payload: Payload): () => void {
    const bytes = sizeOf(payload);
    const sending: Sending = { raw, scope, bytes, since: performance.now(), taken: takenOf(raw) };
    this.#sending.add(sending);
    this.#count(scope.caller, bytes);
    // The server's own limit for a silent connection, which may strike a moment before the next look.
    raw.once('timeout', () => cutOff(raw, scope));
    return () => {
      if (!this.#sending.delete(sending)) return;
      sending.raw = null;
      this.#count(scope.caller, -bytes);
    };
  }

  #count(caller: string, bytes: number): void {
    this.#bytes += bytes;
    this.#shares.add(caller, bytes);
  }

  #look(): void {
    const now = performance.now();
    const window = this.limits.HTTP_IDLE_TIMEOUT_MS;
    for (const sending of this.#sending) {
      const { raw, scope, since, taken } = sending;
      if (!raw) continue;
      const waits = raw.writableLength > 0 || queuedOf(raw) > 0;
      if (waits && now - since < window) continue;
      const rate = scope.exporting ? this.limits.DATABASE_EXPORT_MIN_RATE : this.limits.HTTP_MIN_RATE;
      sending.since = now;
      sending.taken = takenOf(raw);
      if (!waits || sending.taken - taken >= (rate * (now - since)) / 1000) continue;
      cutOff(raw, scope);
    }
  }
}

/** Ends an answer whose client does not take it. */
function cutOff(raw: ServerResponse, scope: RequestScope): void {
  scope.end(new ApiError('client_closed_request', 'The client took its answer too slowly.'));
  raw.destroy();
}

/** What Fastify sends. */
type Payload = string | Buffer | Readable | null | undefined;

function sizeOf(payload: Payload): number {
  // Events have limits of their own: who listens must not keep others from asking.
  if (payload === null || payload === undefined || payload instanceof EventStream) return 0;
  return typeof payload === 'string' || Buffer.isBuffer(payload) ? payload.length : STREAM_BYTES;
}

/** What libuv knows of a socket: bytes given to it, and those that the system has not taken yet. */
interface Handle {
  readonly bytesWritten: number;
  readonly writeQueueSize: number;
}

declare module 'net' {
  interface Socket {
    /** Its side in libuv, which Node's types leave out. */
    readonly _handle?: Handle | null;
  }
}

function handleOf({ socket }: ServerResponse): Handle | null {
  return socket?._handle ?? null;
}

/** Bytes of a connection that the system has taken: net's own count includes what still waits. */
function takenOf(raw: ServerResponse): number {
  const handle = handleOf(raw);
  return handle ? handle.bytesWritten - handle.writeQueueSize : 0;
}

function queuedOf(raw: ServerResponse): number {
  return (raw.socket?.writableLength ?? 0) + (handleOf(raw)?.writeQueueSize ?? 0);
}
