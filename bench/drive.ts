import autocannon from 'autocannon';
import type { Case } from './cases.ts';
import { type Server, watchMemory } from './processes.ts';

/** Connections that ask at a time. */
export const CONNECTIONS = 16;
/** Requests of each connection's own list, which it goes round. */
const LIST = 500;

/** What one case gave in one round. */
export interface Stretch {
  /** Good answers a second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds of the server's CPU for each answer; null where there is no /proc. */
  readonly cpu: number | null;
  /** Most resident memory of the server, in bytes. */
  readonly resident: number;
  /** Answers with another status than expected by their status, and requests without any as `none`. */
  readonly wrong: ReadonlyMap<string, number>;
}

/** Drives one case for some seconds; each connection asks for symbols in a random order of its own. */
export async function drive(
  one: Pick<Case, 'requests' | 'expect'>,
  server: Server,
  seconds: number,
  connections = CONNECTIONS,
): Promise<Stretch> {
  const times: number[] = [];
  const wrong = new Map<string, number>();
  const before = server.usage();
  const { result, peak } = await watchMemory(server, () =>
    autocannon({
      url: server.url,
      connections,
      duration: seconds,
      timeout: 60,
      setupClient(client) {
        client.setRequests(Array.from({ length: LIST }, () => one.requests[random(one.requests.length)]!));
        client.on('response', (status: number, _bytes: number, ms: number) => {
          if (one.expect.includes(status)) times.push(ms);
          else wrong.set(String(status), (wrong.get(String(status)) ?? 0) + 1);
        });
      },
    }),
  );
  const after = server.usage();
  if (result.errors + result.timeouts > 0) wrong.set('none', result.errors + result.timeouts);
  times.sort((a, b) => a - b);
  return {
    rate: times.length / result.duration,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    cpu: before && after ? ((after.cpu - before.cpu) * 1000) / times.length : null,
    resident: peak,
    wrong,
  };
}

/** Wrong answers of some stretches in words, such as `503: 12`; empty where there are none. */
export function wrongAnswers(stretches: readonly Stretch[]): string {
  const sums = new Map<string, number>();
  for (const { wrong } of stretches) for (const [status, n] of wrong) sums.set(status, (sums.get(status) ?? 0) + n);
  return [...sums].map(([status, n]) => `${status}: ${n}`).join(', ');
}

/** A quantile of sorted numbers, by nearest rank; NaN of none. */
export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] ?? NaN;
}

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  return quantile(
    [...numbers].sort((a, b) => a - b),
    0.5,
  );
}

function random(below: number): number {
  return Math.floor(Math.random() * below);
}
