import { signal } from '@preact/signals';
import type { Operation } from './operation';

/** What went wrong, in the words of the API, or in ours where nothing answered. */
export class Problem extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly hint: string | null = null,
    readonly requestId: string | null = null,
    /** Seconds after which another try is worth it; null where none is. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

/** A part of an answer that failed while the rest did not. */
interface PartFault {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: string; readonly hint?: string };
}

/** What was answered, and what it took. */
export interface Answer<Data> {
  readonly data: Data;
  readonly faults: readonly PartFault[];
  /** The nearest names of what does not exist. */
  readonly nearest: readonly string[];
  readonly status: number;
  readonly milliseconds: number;
  readonly bytes: number;
}

interface Body {
  data?: unknown;
  errors?: PartFault[];
  extensions?: { sample?: boolean; hints?: { nearest?: string[] }[] };
  detail?: string;
  title?: string;
  code?: string;
  hint?: string;
  request_id?: string;
}

const KEY = 'tetra-key';

/** Whether the API has asked for a key that we do not have, and goes on to refuse us. */
export const keyRefused = signal(false);
/** Whether the reader is asked for one. */
export const keyWanted = signal(false);
/** Counts the keys that the reader gave. */
export const keysGiven = signal(0);
/** Whether answers are sample data. */
export const sample = signal(false);
/** Whether the browser thinks that there is a network. */
export const online = signal(navigator.onLine);
addEventListener('online', () => (online.value = true));
addEventListener('offline', () => (online.value = false));

/** Keeps a key for this session of the browser. */
export function keepKey(key: string): void {
  sessionStorage.setItem(KEY, key);
  keyRefused.value = keyWanted.value = false;
  keysGiven.value += 1;
}

/** Asks the reader for a key, since the API does. */
export function wantKey(): void {
  keyRefused.value = keyWanted.value = true;
}

/** Whether there is a key, good or not. */
export const hasKey = (): boolean => sessionStorage.getItem(KEY) !== null;

/** The headers that say who asks. */
export function keyHeaders(): Record<string, string> {
  const key = sessionStorage.getItem(KEY);
  return key === null ? {} : { authorization: `Bearer ${key}` };
}

/** The address of something of the API, also below a proxy's prefix. */
export const addressOf = (path: string): string => new URL(path, document.baseURI).href;

/** Headers of every operation: exact digits as text. */
export const HEADERS = { 'content-type': 'application/json', prefer: 'numbers=string' };

/**
 * Sends an operation.
 * @throws Problem where there is no answer with data
 */
export async function send<Data, Variables>(
  operation: Operation<Data, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Answer<Data>> {
  const began = performance.now();
  let response: Response;
  let text: string;
  try {
    response = await fetch(addressOf('graphql'), {
      method: 'POST',
      headers: { ...HEADERS, ...keyHeaders() },
      body: JSON.stringify({ query: operation.text, variables }),
      ...(signal ? { signal } : {}),
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    const words = navigator.onLine ? 'The server does not answer.' : 'There is no network.';
    throw new Problem(words, navigator.onLine ? 'no_answer' : 'offline', 0, null, null, 1);
  }
  const body = parsed(text);
  if (response.status === 401) wantKey();
  sample.value ||= body.extensions?.sample === true;
  const faults = body.errors ?? [];
  // The first field is what a view is about; without it there is nothing to show.
  const [first] = Object.entries(body.data ?? {});
  const fault = first?.[1] === null ? faults.find(({ path }) => !path || path[0] === first[0]) : undefined;
  if (!body.data || fault) throw problemOf(response, body, fault);
  return {
    data: body.data as Data,
    faults,
    nearest: (body.extensions?.hints ?? []).flatMap(({ nearest = [] }) => nearest),
    status: response.status,
    milliseconds: performance.now() - began,
    bytes: new TextEncoder().encode(text).length,
  };
}

/** What of an answer failed and may go well the next time; null where nothing did. */
export function passing({ faults, status }: Answer<unknown>): Problem | null {
  const fault = faults.find(({ extensions }) => WORTH.has(extensions?.code ?? ''));
  if (!fault) return null;
  const { code = '', hint = null } = fault.extensions ?? {};
  return new Problem(fault.message, code, status, hint, null, 1);
}

function parsed(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return {};
  }
}

function problemOf(response: Response, body: Body, fault = body.errors?.[0]): Problem {
  const after = Number(response.headers.get('retry-after'));
  const code = fault?.extensions?.code ?? body.code ?? 'no_answer';
  const worth = [0, 429, 500, 502, 503, 504].includes(response.status) || WORTH.has(code);
  return new Problem(
    fault?.message ?? body.detail ?? body.title ?? `The server answered ${response.status} without a word.`,
    code,
    response.status,
    fault?.extensions?.hint ?? body.hint ?? null,
    body.request_id ?? response.headers.get('x-request-id'),
    worth ? Math.max(1, after || 1) : null,
  );
}

/** Codes of what may go away by itself. */
const WORTH = new Set(['not_ready', 'overloaded', 'database_unavailable', 'query_timeout', 'rate_limited', 'internal']);
