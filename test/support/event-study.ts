import { idOf } from './fixtures.js';
import { seeded } from './random.js';

const FIRST = Date.UTC(2024, 0, 1);
const DAY = 86_400_000;
const CLOSED = '2024-07-04';

/** Weekdays but for a holiday. */
export const DAYS = Array.from({ length: 500 }, (_, n) => new Date(FIRST + n * DAY))
  .filter((date) => date.getUTCDay() % 6 !== 0)
  .map((date) => date.toISOString().slice(0, 10))
  .filter((day) => day !== CLOSED);
const SYMBOLS = ['AAA', 'BBB', 'CCC', 'DDD', 'MKT'];

export interface Event {
  readonly id: string;
  readonly at: string;
  readonly symbol: string | null;
  readonly type: string;
  /** The day of session 0 by hand. */
  readonly day: string;
}

export const EVENTS: Event[] = [
  // Before the open, in the hours, after the close in summer and winter, no hour, on a Saturday, on the holiday.
  { id: idOf(1), at: '2024-09-10T12:00:00Z', symbol: 'AAA', type: 'shock', day: '2024-09-10' },
  { id: idOf(2), at: '2024-10-08T15:00:00Z', symbol: 'BBB', type: 'shock', day: '2024-10-08' },
  { id: idOf(3), at: '2024-09-24T20:00:00Z', symbol: 'AAA', type: 'shock', day: '2024-09-25' },
  { id: idOf(4), at: '2025-01-14T20:30:00Z', symbol: 'CCC', type: 'shock', day: '2025-01-14' },
  { id: idOf(5), at: '2025-01-21T21:00:00Z', symbol: 'CCC', type: 'shock', day: '2025-01-22' },
  { id: idOf(6), at: '2024-11-05T00:00:00Z', symbol: 'BBB', type: 'shock', day: '2024-11-05' },
  { id: idOf(7), at: '2024-12-14T15:00:00Z', symbol: 'AAA', type: 'shock', day: '2024-12-16' },
  { id: idOf(8), at: '2024-07-04T15:00:00Z', symbol: 'BBB', type: 'shock', day: '2024-07-05' },
  // Friday after the close.
  { id: idOf(9), at: '2024-10-25T20:15:00Z', symbol: 'CCC', type: 'shock', day: '2024-10-28' },
  // Too near to the end, of a symbol without bars, of one that ended, of none.
  { id: idOf(10), at: `${DAYS.at(-2)!}T15:00:00Z`, symbol: 'AAA', type: 'shock', day: DAYS.at(-2)! },
  { id: idOf(11), at: '2024-09-10T12:00:00Z', symbol: 'NONE', type: 'shock', day: '' },
  { id: idOf(12), at: '2024-09-10T12:00:00Z', symbol: 'DDD', type: 'shock', day: '' },
  { id: idOf(13), at: '2024-09-17T18:00:00Z', symbol: null, type: 'macro', day: '2024-09-17' },
];
/** Sessions -1 to 2 of each event, added to what the symbol would have done. */
export const SHOCK = [0.01, 0.05, -0.02, 0.005];

/** Closes by symbol and day, as they are stored. */
export const CLOSES = closes();

function closes(): Map<string, Map<string, number>> {
  const random = seeded(7);
  const market = DAYS.map(() => (random() - 0.48) * 0.02);
  return new Map(
    SYMBOLS.map((symbol) => {
      let close = 100;
      const own = DAYS.map((_, i) => {
        const noise = symbol === 'MKT' ? 0 : (random() - 0.5) * 0.004;
        const shock = EVENTS.reduce((sum, event) => {
          const session = i - DAYS.indexOf(event.day);
          return event.symbol === symbol && event.day !== '' ? sum + (SHOCK[session + 1] ?? 0) : sum;
        }, 0);
        close = Math.round(close * (1 + market[i]! + noise + shock) * 1e6) / 1e6;
        return close;
      });
      // DDD ended in May.
      const days = symbol === 'DDD' ? DAYS.filter((day) => day < '2024-06-01') : DAYS;
      return [symbol, new Map(days.map((day, i) => [day, own[i]!]))];
    }),
  );
}

/** The return of a symbol on a day by its definition. */
function returnOf(symbol: string, day: string): number | null {
  const own = CLOSES.get(symbol)!;
  const [close, before] = [own.get(day), own.get(DAYS[DAYS.indexOf(day) - 1] ?? '')];
  return close === undefined || before === undefined ? null : close / before - 1;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const deviationOf = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1));

function benchmarkOf(benchmark: string, day: string): number {
  const all = SYMBOLS.flatMap((symbol) => returnOf(symbol, day) ?? []).sort((a, b) => a - b);
  const middle = (all.length - 1) / 2;
  if (benchmark === 'market') return mean(all);
  if (benchmark === 'market_median') return (all[Math.floor(middle)]! + all[Math.ceil(middle)]!) / 2;
  return returnOf(benchmark, day)!;
}

/** The sessions around one event by their definition. */
export function expected(symbol: string, day: string, benchmark: string, before: number, after: number): object[] {
  const zero = DAYS.indexOf(day);
  const abnormal = (i: number): number => returnOf(symbol, DAYS[i]!)! - benchmarkOf(benchmark, DAYS[i]!);
  const earlier = Array.from({ length: 120 }, (_, n) => zero - before - 120 + n).filter((i) => i > 0);
  const usual = deviationOf(earlier.map(abnormal));
  let sum = 0;
  return Array.from({ length: before + after + 1 }, (_, n) => n - before)
    .filter((session) => zero + session < DAYS.length)
    .map((session, n) => {
      const on = DAYS[zero + session]!;
      sum += abnormal(zero + session);
      return {
        session,
        day: on,
        close: CLOSES.get(symbol)!.get(on),
        return: near(returnOf(symbol, on)!),
        benchmark_return: near(benchmarkOf(benchmark, on)),
        abnormal_return: near(abnormal(zero + session)),
        cumulated_return: near(sum),
        t: near(sum / (usual * Math.sqrt(n + 1)), 1e-8),
      };
    });
}

const near = (value: number, by = 1e-12): unknown => ({
  $$typeof: Symbol.for('jest.asymmetricMatcher'),
  asymmetricMatch: (other: unknown) => typeof other === 'number' && Math.abs(other - value) <= by,
  toString: () => `about ${value}`,
  toAsymmetricMatcher: () => `about ${value}`,
});

/** The study of some events by its definition. */
export function studied(events: readonly (readonly [symbol: string, day: string])[], benchmark: string): object[] {
  const paths = events.map(([symbol, day]) =>
    Array.from({ length: 6 }, (_, n) => {
      const on = DAYS[DAYS.indexOf(day) - 2 + n]!;
      return { own: returnOf(symbol, on)!, market: benchmarkOf(benchmark, on) };
    }),
  );
  return Array.from({ length: 6 }, (_, n) => {
    const sums = paths.map((path) => path.slice(0, n + 1).reduce((sum, { own, market }) => sum + own - market, 0));
    const usual = deviationOf(sums);
    return {
      session: n - 2,
      events: events.length,
      mean_return: near(mean(paths.map((path) => path[n]!.own))),
      mean_benchmark: near(mean(paths.map((path) => path[n]!.market))),
      mean_abnormal: near(mean(paths.map((path) => path[n]!.own - path[n]!.market))),
      mean_cumulated: near(mean(sums)),
      deviation: near(usual, 1e-9),
      t: near(mean(sums) / (usual / Math.sqrt(events.length)), 1e-6),
      hit_rate: sums.filter((sum) => sum > 0).length / sums.length,
    };
  });
}
