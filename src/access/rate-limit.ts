import { isIPv6 } from 'node:net';

/** The window, in seconds. */
const WINDOW = 60;
/** Callers that are remembered; beyond it the oldest is forgotten. */
const CALLERS = 100_000;

/** What one request leaves of its caller's allowance. */
export interface Allowance {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Seconds until the allowance is whole again. */
  readonly reset: number;
}

/** Counts each caller's requests in windows of a minute that begin with its first request. */
export class RateLimit {
  readonly #windows = new Map<string, { ends: number; used: number }>();

  /** @param limit  requests a minute */
  constructor(readonly limit: number) {}

  /** Counts a request of a caller at a time in milliseconds. */
  take(caller: string, now = performance.now()): Allowance {
    let window = this.#windows.get(caller);
    if (!window || window.ends <= now) {
      this.#windows.delete(caller);
      if (this.#windows.size >= CALLERS) this.#forget(now);
      window = { ends: now + WINDOW * 1000, used: 0 };
      this.#windows.set(caller, window);
    }
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
      'ratelimit-policy': `"minute";q=${this.limit};w=${WINDOW}`,
      ratelimit: `"minute";r=${remaining};t=${reset}`,
    };
  }

  #forget(now: number): void {
    // Windows are in the order of their end.
    for (const [caller, { ends }] of this.#windows) {
      if (ends > now && this.#windows.size < CALLERS) return;
      this.#windows.delete(caller);
    }
  }
}

/** The caller that an address stands for: of IPv6 the network, since one host has 2^64 addresses. */
export function callerOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1]!;
  const [head = '', tail] = address.split('%', 1)[0]!.split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail === undefined ? [] : tail.split(':').filter(Boolean);
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(zeros).fill('0'), ...right].slice(0, 4).join(':');
}
