import { isIPv6 } from 'node:net';

/** The window, in seconds. */
const WINDOW_S = 60;
/**
 * Callers that are remembered at most; beyond it those that were seen longest ago are forgotten, half of them at once.
 */
const MAX_CALLERS = 100_000;

/** What one request leaves of its caller's allowance. */
export interface Allowance {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Seconds until the allowance is whole again. */
  readonly reset: number;
}

interface Window {
  /** By performance.now(). */
  readonly ends: number;
  used: number;
}

/** Counts each caller's requests in windows of a minute that begin with its first request. */
export class RateLimit {
  // Two halves, since the front of one Map that grows and shrinks is ever slower to find.
  #recent = new Map<string, Window>();
  #before = new Map<string, Window>();

  /** @param limit  requests a minute */
  constructor(readonly limit: number) {}

  /** Counts a request of a caller at a time in milliseconds. */
  take(caller: string, now = performance.now()): Allowance {
    const window = this.#windowOf(caller, now);
    window.used += 1;
    return {
      allowed: window.used <= this.limit,
      remaining: Math.max(0, this.limit - window.used),
      reset: Math.max(1, Math.ceil((window.ends - now) / 1000)),
    };
  }

  /** The headers of draft-ietf-httpapi-ratelimit-headers. */
  headers({ remaining, reset }: Allowance): Record<string, string> {
    return {
      'ratelimit-policy': `"minute";q=${this.limit};w=${WINDOW_S}`,
      ratelimit: `"minute";r=${remaining};t=${reset}`,
    };
  }

  #windowOf(caller: string, now: number): Window {
    const recent = this.#recent.get(caller);
    if (recent && recent.ends > now) return recent;
    const before = this.#before.get(caller);
    const window = before && before.ends > now ? before : { ends: now + WINDOW_S * 1000, used: 0 };
    if (!recent && this.#recent.size >= MAX_CALLERS / 2) {
      this.#before = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(caller, window);
    return window;
  }
}

/** The caller that an address stands for: of IPv6 the network, since one host has 2^64 addresses. */
export function callerOf(text: string): string {
  // Some proxies name the client's port too; and what a client wrote itself may be anything.
  const address = (/^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? text.replace(/^([\d.]+):\d+$/, '$1')).slice(0, 64);
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1]!;
  const [head = '', tail] = address.split('%', 1)[0]!.split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail === undefined ? [] : tail.split(':').filter(Boolean);
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(zeros).fill('0'), ...right].slice(0, 4).join(':');
}
