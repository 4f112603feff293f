import { Readable } from 'node:stream';

/** How long a client waits before it comes back when its connection was lost, in milliseconds. */
export const RETRY_MS = 2_000;

/** An event as text (https://html.spec.whatwg.org/multipage/server-sent-events.html); data is one line. */
export function eventText(name: string, data: string, id?: string): string {
  return `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`;
}

/** Server-sent events on their way to one client. */
export class EventStream extends Readable {
  /** Proxies must neither keep nor gather events; and the connection is good for nothing else. */
  static readonly HEADERS = {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    connection: 'close',
  };

  #finished = false;

  /**
   * @param maxBytes  that may wait for the client
   * @param over      called once when it is over; `slow` says that the client did not take its events
   */
  constructor(
    private readonly maxBytes: number,
    private readonly over: (slow: boolean) => void,
  ) {
    super();
  }

  /** Sends events, or drops the client where too much waits for it already. */
  write(events: Buffer): void {
    if (this.destroyed || this.#finished) return;
    if (this.readableLength > 0 && this.readableLength + events.length > this.maxBytes) this.#drop();
    else this.push(events);
  }

  /** Sends the last events. */
  finish(events: Buffer): void {
    this.write(events);
    if (this.destroyed || this.#finished) return;
    this.#finished = true;
    this.push(null);
  }

  override _read(): void {
    // Events come when they come.
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.over(error === SLOW);
    done(error);
  }

  #drop(): void {
    this.destroy(SLOW);
  }
}

const SLOW = new Error('The client took its events too slowly.');
