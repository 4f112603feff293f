import { type ClientRequest, get, type IncomingMessage } from 'node:http';

/** An event as it came. */
export interface StreamEvent {
  readonly name: string;
  readonly id: string | undefined;
  readonly data: string;
}

/** A client of server-sent events that keeps all it was sent. */
export class EventClient {
  readonly events: StreamEvent[] = [];
  /** All that was sent, comments and `retry` included. */
  text = '';
  ended = false;
  #rest = '';
  #waiting: (() => void)[] = [];

  private constructor(
    readonly request: ClientRequest,
    readonly response: IncomingMessage,
  ) {
    response.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    for (const name of ['end', 'error', 'close']) response.on(name, () => this.#end());
  }

  /** Connects; answers when the headers are there, whatever they say. */
  static open(url: string, headers: Record<string, string> = {}): Promise<EventClient> {
    return new Promise((resolve, reject) => {
      const request = get(url, { headers, agent: false }, (response) => resolve(new EventClient(request, response)));
      request.on('error', reject);
    });
  }

  /** The id of the last event that had one. */
  get lastId(): string | undefined {
    return this.events.findLast(({ id }) => id !== undefined)?.id;
  }

  /** The data of all events of a name. */
  of<T>(name: string): T[] {
    return this.events.filter((event) => event.name === name).map(({ data }) => JSON.parse(data) as T);
  }

  /** Waits until something holds of what came; fails when the connection ends before. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.ended) throw new Error(`the stream ended: ${this.text.slice(-500)}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Waits until the connection has ended. */
  async end(): Promise<void> {
    while (!this.ended) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Leaves. */
  close(): void {
    this.request.destroy();
  }

  #read(text: string): void {
    this.text += text;
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop()!;
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]));
      const data = fields.get('data');
      if (data !== undefined) this.events.push({ name: fields.get('event') ?? 'message', id: fields.get('id'), data });
    }
    this.#wake();
  }

  #end(): void {
    this.ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
