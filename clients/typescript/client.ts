import { List } from './list.ts';
import { Problem } from './problem.ts';
import { Events, type StreamOptions } from './stream.ts';

export { List } from './list.ts';
export { Problem } from './problem.ts';
export { Events, type StreamOptions } from './stream.ts';

/** A row with the columns `F` of `fields`, or as it comes without them; others are of indicators, symbols or series. */
export type Selected<Row, F extends PropertyKey> = [F] extends [never]
  ? Row
  : { [Column in F]: Column extends keyof Row ? Exclude<Row[Column], undefined> : number | string | null };

export type Params = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface Options {
  /** Where the API is, such as `https://data.example.com`; a path before `/v1` is kept. */
  readonly url: string;
  readonly apiKey?: string;
  /** Decimals and 64-bit integers as texts with every digit; otherwise as numbers, which are doubles. */
  readonly exact?: boolean;
  /** How often a request is sent again that was refused for now (429, 503, 504). Default 4. */
  readonly retries?: number;
  /** Ends every request under way. */
  readonly signal?: AbortSignal;
  readonly fetch?: typeof fetch;
  /** Waits between tries; in milliseconds. */
  readonly pause?: (ms: number) => Promise<void>;
}

export interface Answer<Data> {
  readonly data: Data;
  /** What the request was understood as, and how fresh the data is. */
  readonly meta: Readonly<Record<string, unknown>>;
  readonly next_page_token?: string | null;
}

const RETRIED = new Set([429, 503, 504]);
/** The longest pause, in milliseconds, when the server names none. */
const LONGEST_MS = 30_000;

/** Sends requests: what all methods have in common. */
export class Client {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** The rows of a list; nothing is sent before they are read. */
  protected rows<Row>(path: string, params: Params, pageRows: number | null): List<Row> {
    return new List((more) => this.#get<Row[]>(path, { ...params, ...more }), pageRows, params.limit);
  }

  protected async row<Row>(path: string, params: Params): Promise<Row> {
    return (await this.#get<Row>(path, params)).data;
  }

  /** The events of a stream; nothing is sent before they are read. */
  protected events<Row>(path: string, params: Params, options: StreamOptions): Events<Row> {
    const { url, retries = 4, signal, fetch: send = fetch, pause = later } = this.#options;
    const address = addressOf(url, path, params);
    const open = (headers: Record<string, string>, ends: AbortSignal): Promise<Response> =>
      send(address, { headers: { ...this.#headers('text/event-stream'), ...headers }, signal: ends });
    return new Events({ open, pause, retries, signal }, options);
  }

  #headers(accept: string): Record<string, string> {
    const { apiKey, exact } = this.#options;
    const headers: Record<string, string> = { Accept: accept };
    if (apiKey !== undefined) headers.Authorization = `Bearer ${apiKey}`;
    if (exact) headers.Prefer = 'numbers=string';
    return headers;
  }

  async #get<Data>(path: string, params: Params): Promise<Answer<Data>> {
    const { retries = 4, signal, fetch: send = fetch, pause = later } = this.#options;
    const headers = this.#headers('application/json');
    const address = addressOf(this.#options.url, path, params);
    for (let tries = 0; ; tries++) {
      const response = await send(address, { headers, signal: signal ?? null });
      if (response.ok) return (await response.json()) as Answer<Data>;
      const problem = await Problem.of(response);
      if (!RETRIED.has(response.status) || tries >= retries) throw problem;
      const asked = Number(response.headers.get('Retry-After') ?? NaN) * 1000;
      // Grows, so that those who were refused together do not come back together for ever.
      await pause(Number.isNaN(asked) ? Math.min(LONGEST_MS, 500 * 2 ** tries) : asked * 2 ** tries);
      signal?.throwIfAborted();
    }
  }
}

const later = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

function addressOf(url: string, path: string, params: Params): string {
  const query = new URLSearchParams();
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])));
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || path.includes(`{${name}}`)) continue;
    if (typeof value === 'object') for (const item of value) query.append(name, quoted(item));
    else query.append(name, String(value));
  }
  return `${url.replace(/\/$/, '')}${filled}${query.size > 0 ? `?${query.toString()}` : ''}`;
}

/** An item with a comma or a quote is written in quotes, as in CSV. */
const quoted = (item: string): string => (/[",]/.test(item) ? `"${item.replaceAll('"', '""')}"` : item);
