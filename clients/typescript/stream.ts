import { Problem } from './problem.ts';

/** What is not sent of some symbols, and why; `docs/api.md` says what each reason asks for. */
export interface Skipped {
  readonly symbols: readonly string[];
  readonly reason: 'overwritten' | 'too_many' | 'not_kept' | 'removed';
  readonly at_most?: number | null;
  readonly after?: string | null;
  readonly before?: string;
  readonly updated_after?: string;
}

interface Kinds<Row> {
  /** What is listened to, and which of the names do not exist; again after each return. */
  readonly start: { readonly query: Readonly<Record<string, unknown>>; readonly unknown: readonly string[] };
  readonly bar: Row;
  readonly skipped: Skipped;
  /** The database cannot be read; all up to `since` was sent. */
  readonly stale: { readonly since: string };
  readonly live: Readonly<Record<string, never>>;
}

/** An event of a stream; `id` is where to go on after it. */
export type StreamEvent<Row> = {
  [Kind in keyof Kinds<Row>]: {
    readonly event: Kind;
    readonly data: Kinds<Row>[Kind];
    readonly id: string | undefined;
  };
}[keyof Kinds<Row>];

export interface StreamOptions {
  /** Ends it: what is waited for rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Goes on after the event with this id. */
  readonly lastEventId?: string;
  /** How long nothing may come, in milliseconds, before the connection is taken for lost. Default 45,000. */
  readonly silence?: number;
}

/** How a stream is asked for, and how its client waits. */
export interface Source {
  readonly open: (headers: Record<string, string>, signal: AbortSignal) => Promise<Response>;
  readonly pause: (ms: number) => Promise<void>;
  readonly retries: number;
  readonly signal: AbortSignal | undefined;
}

/** Refused for now; others are for ever. */
const RETRIED = new Set([429, 503, 504]);
const RETRY_MS = 2000;
const LONGEST_MS = 30_000;

/** Events of a stream: `for await (const { event, data } of events)`. It comes back by itself, and misses nothing. */
export class Events<Row> implements AsyncIterable<StreamEvent<Row>> {
  readonly #source: Source;
  readonly #options: StreamOptions;

  constructor(source: Source, options: StreamOptions) {
    this.#source = source;
    this.#options = options;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamEvent<Row>, void> {
    const { open, pause, retries } = this.#source;
    const { silence = 45_000 } = this.#options;
    const ended = [this.#source.signal, this.#options.signal].filter((signal) => signal !== undefined);
    let lastId = this.#options.lastEventId;
    let retryMs = RETRY_MS;
    for (let failures = 0; ; failures++) {
      const lost = new AbortController();
      const signal = AbortSignal.any([...ended, lost.signal]);
      let asked = NaN;
      let reason = new Error('The stream ended.');
      try {
        const response = await open(lastId === undefined ? {} : { 'Last-Event-ID': lastId }, signal);
        if (!response.ok || !response.body) {
          asked = Number(response.headers.get('Retry-After') ?? NaN) * 1000;
          throw await Problem.of(response);
        }
        for await (const { event, data, id, retry } of messages(response.body, silence, lost)) {
          failures = 0;
          retryMs = retry ?? retryMs;
          lastId = id ?? lastId;
          if (data === undefined || event === 'end') continue;
          yield { event, data: JSON.parse(data) as unknown, id } as StreamEvent<Row>;
        }
      } catch (error) {
        reason = error as Error;
      } finally {
        // Whoever leaves the loop leaves the server, too.
        lost.abort();
      }
      for (const signal of ended) signal.throwIfAborted();
      if (reason instanceof Problem && !RETRIED.has(reason.status)) throw reason;
      if (failures >= retries) throw reason;
      await pause(Number.isNaN(asked) ? Math.min(LONGEST_MS, retryMs * 2 ** failures) : asked * 2 ** failures);
      for (const signal of ended) signal.throwIfAborted();
    }
  }
}

interface Message {
  readonly event: string;
  /** Undefined for a message that only says `retry`. */
  readonly data: string | undefined;
  readonly id: string | undefined;
  readonly retry: number | undefined;
}

/** Messages as the HTML standard writes them, until the connection ends; `lost` is aborted when none comes for long. */
async function* messages(body: ReadableStream<Uint8Array>, silence: number, lost: AbortController) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const timer = setTimeout(() => lost.abort(new Error('Nothing came for too long.')), silence);
    const { done, value } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    const blocks = (text + decoder.decode(value, { stream: true })).split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) yield messageOf(block);
  }
}

function messageOf(block: string): Message {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^(\w+)(?:: ?(.*))?$/.exec(line) ?? [];
    // A comment has no name. Data of several lines is one text.
    if (name) fields.set(name, name === 'data' && fields.has(name) ? `${fields.get(name) ?? ''}\n${value}` : value);
  }
  const retry = fields.get('retry');
  return {
    event: fields.get('event') ?? 'message',
    data: fields.get('data'),
    id: fields.get('id'),
    retry: retry === undefined ? undefined : Number(retry),
  };
}
