import { addDays, calendarDays, isoDay, nyseTradingDays } from './nyse.js';
import { type Random, random } from './random.js';

/** One row of market_data.ohlcv in the order of `barColumns`; null is SQL NULL. */
export type Row = (string | number | boolean | null)[];

export const barColumns =
  'id, symbol, timestamp, open, high, low, close, volume, vwap, trades_count, timeframe, source, created_at, updated_at';

interface Instrument {
  symbol: string;
  /** Close of the day before the first bar, in US dollars. */
  price: number;
  /** Expected yearly return and yearly volatility, as fractions. */
  drift: number;
  volatility: number;
  /** Typical shares a day. */
  volume: number;
  decimals: number;
  /** Last day with a bar; yesterday when absent. */
  until?: string;
  /** Closed ranges of days without a bar, on purpose: what the gap queries have to find. */
  holes?: [from: string, to: string][];
}

const FIRST_DAY = '2015-01-02';

const SHARES: Instrument[] = [
  {
    symbol: 'AAPL',
    price: 27.59,
    drift: 0.2,
    volatility: 0.29,
    volume: 1.2e8,
    decimals: 2,
    holes: [
      ['2021-06-14', '2021-06-18'],
      ['2024-03-12', '2024-03-12'],
    ],
  },
  {
    symbol: 'MSFT',
    price: 46.45,
    drift: 0.21,
    volatility: 0.27,
    volume: 2.9e7,
    decimals: 2,
    holes: [['2018-11-15', '2018-11-15']],
  },
  { symbol: 'AMZN', price: 15.52, drift: 0.2, volatility: 0.33, volume: 7.2e7, decimals: 2 },
  { symbol: 'GOOGL', price: 26.53, drift: 0.17, volatility: 0.28, volume: 3.3e7, decimals: 2 },
  { symbol: 'META', price: 78.02, drift: 0.16, volatility: 0.37, volume: 2.2e7, decimals: 2 },
  { symbol: 'NVDA', price: 0.5012, drift: 0.3, volatility: 0.46, volume: 4.1e8, decimals: 4 },
  { symbol: 'TSLA', price: 14.8273, drift: 0.2, volatility: 0.55, volume: 1.1e8, decimals: 4 },
  {
    symbol: 'JPM',
    price: 62.58,
    drift: 0.11,
    volatility: 0.26,
    volume: 1.3e7,
    decimals: 2,
    holes: [['2023-01-17', '2023-01-18']],
  },
  { symbol: 'XOM', price: 92.45, drift: 0.03, volatility: 0.27, volume: 1.6e7, decimals: 2 },
  { symbol: 'KO', price: 42.22, drift: 0.05, volatility: 0.17, volume: 1.4e7, decimals: 2 },
  { symbol: 'BRK.B', price: 150.15, drift: 0.1, volatility: 0.19, volume: 4.0e6, decimals: 2 },
  { symbol: 'SPY', price: 205.54, drift: 0.1, volatility: 0.17, volume: 8.4e7, decimals: 2 },
  { symbol: 'TWTR', price: 35.87, drift: 0.05, volatility: 0.45, volume: 1.7e7, decimals: 2, until: '2022-10-27' },
];

const BITCOIN: Instrument = {
  symbol: 'BTC-USD',
  price: 314.25,
  drift: 0.35,
  volatility: 0.6,
  volume: 3.1e4,
  decimals: 2,
  holes: [
    ['2020-02-29', '2020-02-29'],
    ['2022-11-09', '2022-11-11'],
  ],
};

/** The symbols whose companies report earnings. */
export const companies = SHARES.map((share) => share.symbol).filter((symbol) => !['SPY', 'TWTR'].includes(symbol));

/** Generated bars, daily and of one minute, up to the UTC day before `now`; the same for the same day. */
export function* sampleBars(now: Date): Generator<Row> {
  const yesterday = addDays(isoDay(now), -1);
  for (const share of SHARES) yield* daily(share, nyseTradingDays(FIRST_DAY, share.until ?? yesterday), 252);
  yield* daily(BITCOIN, calendarDays(FIRST_DAY, yesterday), 365);
  yield* minutes('SPYM', 78.4, nyseTradingDays(addDays(yesterday, -30), addDays(yesterday, -1)).slice(-10));
}

/** The real S&P 500 index out of the text of sp500-2000.csv: daily bars, stamped at midnight UTC of their day. */
export function* indexBars(csv: string): Generator<Row> {
  const source = random('^GSPC');
  for (const line of csv.trim().split('\n').slice(1)) {
    const [day = '', open = '', high = '', low = '', close = '', , volume = ''] = line.trim().split(',');
    const seen = `${day}T22:00:00Z`;
    yield [
      source.uuid(),
      '^GSPC',
      `${day}T00:00:00Z`,
      open,
      high,
      low,
      close,
      volume,
      null,
      null,
      '1d',
      'vega-datasets',
      seen,
      seen,
    ];
  }
}

function* daily(instrument: Instrument, days: string[], daysPerYear: number): Generator<Row> {
  const source = random(instrument.symbol);
  const missing = new Set((instrument.holes ?? []).flatMap(([from, to]) => calendarDays(from, to)));
  let price = instrument.price;
  for (const day of days) {
    const bar = step(source, price, instrument.drift / daysPerYear, instrument.volatility / Math.sqrt(daysPerYear));
    price = bar.close;
    const volume = Math.round(instrument.volume * Math.exp(0.35 * source.normal()));
    const prices = quote(bar, instrument.decimals);
    const vwap = source.next() < 0.03 ? null : within(prices, source.next());
    const seen = `${day}T22:00:00Z`;
    const id = source.uuid();
    if (missing.has(day)) continue;
    yield [
      id,
      instrument.symbol,
      `${day}T00:00:00Z`,
      ...prices,
      volume,
      vwap,
      Math.ceil(volume / 110),
      '1d',
      'sample',
      seen,
      seen,
    ];
  }
}

/** 390 bars a day, 14:30 to 21:00 UTC: the session of New York in winter. */
function* minutes(symbol: string, start: number, days: string[]): Generator<Row> {
  let price = start;
  for (const day of days) {
    const source = random(`${symbol} ${day}`);
    const open = Date.parse(`${day}T14:30:00Z`);
    for (let minute = 0; minute < 390; minute++) {
      const bar = step(source, price, 0, 0.0006);
      price = bar.close;
      const volume = source.integer(800, 24_000);
      const prices = quote(bar, 2);
      const instant = (m: number): string => new Date(open + m * 60_000).toISOString();
      const [at, seen] = [instant(minute), instant(minute + 1)];
      yield [
        source.uuid(),
        symbol,
        at,
        ...prices,
        volume,
        within(prices, source.next()),
        Math.ceil(volume / 140),
        '1m',
        'sample',
        seen,
        seen,
      ];
    }
  }
}

interface Step {
  open: number;
  high: number;
  low: number;
  close: number;
}

/** One step of a geometric random walk from the last close. */
function step(source: Random, last: number, drift: number, volatility: number): Step {
  const open = last * Math.exp(0.3 * volatility * source.normal());
  const close = Math.max(0.01, last * Math.exp(drift - volatility ** 2 / 2 + volatility * source.normal()));
  const reach = (): number => 0.4 * volatility * Math.abs(source.normal());
  return { open, close, high: Math.max(open, close) * (1 + reach()), low: Math.min(open, close) * (1 - reach()) };
}

/** Rounding keeps the order of the four, so the table's constraints hold afterwards. */
function quote(bar: Step, decimals: number): string[] {
  return [bar.open, bar.high, bar.low, bar.close].map((value) => Math.max(value, 0.01).toFixed(decimals));
}

/** A price between low and high, with four decimals. */
function within([, high, low]: string[], share: number): string {
  return (Number(low) + (Number(high) - Number(low)) * (0.3 + 0.4 * share)).toFixed(4);
}
