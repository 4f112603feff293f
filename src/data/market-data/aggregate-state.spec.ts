import { describe, expect, it } from '@jest/globals';
import { formatInstant, parseInstant, type TimeWindow } from '../../base/time.js';
import { differenceOf } from './aggregate-definition.js';
import type { AggregateRow } from './aggregate.sql.js';
import { sourceOf, sourcesOf } from './aggregate-sources.js';
import { commonState, freshnessOf, stateOf, unknownState } from './aggregate-state.js';
import type { KnownChunks } from './chunks.js';
import type { DailySource } from './daily.sql.js';
import { type Days, inDays, Openings, partsOf } from './window-parts.js';

const at = (text: string): bigint => parseInstant(`${text}:00:00Z`)!;
const micros = (text: string): string => String(at(text));
const window = (from: string, to: string): TimeWindow => ({ from: at(`${from}T00`), to: at(`${to}T00`) });
const days = ({ from, to }: TimeWindow): string =>
  `${formatInstant(from).slice(0, 10)}/${formatInstant(to).slice(0, 10)}`;
const WEEK = String(7n * 86_400_000_000n);
const NOW = at('2020-01-02T00');
const BEGINNING = '-210866803200000000';

const documented: AggregateRow = {
  id: 3,
  materializedOnly: false,
  watermark: micros('2020-01-01T00'),
  lastRefreshAt: null,
  dimension: 1,
  barsInterval: WEEK,
  barsFrom: micros('2010-01-03T00'),
  barsTo: micros('2020-01-05T00'),
  invalid: null,
  refilledBefore: null,
  source: 'market_data.ohlcv',
  nested: false,
  bucket: 'public.time_bucket(interval,timestamp with time zone)',
  width: '1 day',
  origin: null,
  offset: null,
  zone: null,
  definition: ` SELECT ohlcv.symbol,
    time_bucket('1 day'::interval, ohlcv."timestamp") AS day,
    first(ohlcv.open, ohlcv."timestamp") AS open,
    max(ohlcv.high) AS high,
    min(ohlcv.low) AS low,
    last(ohlcv.close, ohlcv."timestamp") AS close,
    sum(ohlcv.volume) AS volume,
    avg(ohlcv.vwap) AS vwap
   FROM market_data.ohlcv
  GROUP BY ohlcv.symbol, (time_bucket('1 day'::interval, ohlcv."timestamp"));`,
};

type Invalid = [from: string, to: string, start: string, before: string | null];
const state = (invalid: Invalid[], change: Partial<AggregateRow> = {}) =>
  stateOf(
    {
      ...documented,
      invalid: JSON.stringify(
        invalid.map(([from, to, start, before]) => [micros(from), micros(to), micros(start), before && micros(before)]),
      ),
      ...change,
    },
    NOW,
  );
const year = window('2019-01-01', '2020-01-02');

describe('days that are computed from the bars', () => {
  it('are all of them where nothing is stored', () => {
    const source = sourceOf(state([], { watermark: BEGINNING }), year);
    expect(source).toEqual({ aggregate: null, bars: [{ ...year, archive: false }] });
  });

  it('are those after the watermark', () => {
    const { aggregate, bars } = sourceOf(state([]), year);
    expect(days(aggregate!.window)).toBe('2019-01-01/2020-01-01');
    expect(bars.map(days)).toEqual(['2020-01-01/2020-01-02']);
  });

  it('are whole days of what was corrected, close ones together and distant ones apart', () => {
    const corrections = state([
      ['2019-03-04T14', '2019-03-04T15', '2019-02-28T00', '2019-02-28T00'],
      ['2019-03-06T14', '2019-03-06T15', '2019-02-28T00', '2019-02-28T00'],
      ['2019-09-04T14', '2019-09-05T15', '2019-08-29T00', '2019-08-29T00'],
    ]);
    const { aggregate, bars } = sourceOf(corrections, window('2019-01-01', '2019-12-01'));
    expect(bars.map(days)).toEqual(['2019-03-04/2019-03-07', '2019-09-04/2019-09-06']);
    expect(aggregate!.lacking.map(days)).toEqual(bars.map(days));
  });

  it('are not the first day after chunks that were dropped at a time of day, if that day is stored', () => {
    const dropped = state([['2019-03-04T12', '2019-03-08T00', '2019-03-04T12', null]]);
    const { aggregate, bars } = sourceOf(dropped, window('2019-01-01', '2019-12-01'));
    expect(aggregate!.partial.map(days)).toEqual(['2019-03-04/2019-03-05']);
    expect(bars.map(days)).toEqual(['2019-03-05/2019-03-08']);
  });

  it('are on several servers those of any of them', () => {
    const behind = state([], { watermark: micros('2019-06-01T00') });
    const { bars } = sourceOf(commonState([state([]), behind]), year);
    expect(bars.map(days)).toEqual(['2019-06-01/2020-01-02']);
    expect(sourceOf(commonState([state([]), unknownState(NOW)]), year).aggregate).toBeNull();
  });

  it('are those with a bar where the others of their chunk were dropped', () => {
    const late = state(
      [
        ['2019-03-04T14', '2019-03-07T00', '2019-02-28T00', '2019-01-10T00'],
        ['2019-09-04T14', '2019-09-05T15', '2019-08-29T00', '2019-08-29T00'],
      ],
      { refilledBefore: micros('2019-06-06T00') },
    );
    const { aggregate } = sourceOf(late, year);
    expect(aggregate!.lacking.map(days)).toEqual(['2019-03-04/2019-03-07', '2019-09-04/2019-09-06']);
    expect(aggregate!.refilled.map(days)).toEqual(['2019-03-04/2019-03-07']);
    expect(sourceOf(commonState([state([]), late]), year).aggregate!.refilled).toHaveLength(1);
  });
});

describe('sources of a wide window', () => {
  const wide = window('1930-01-01', '2030-01-01');
  const NOTHING = { watermark: BEGINNING };
  /** Chunks of so many days from 2010 to 2020. */
  const chunks = (days: number): Days[] => {
    const [from, to] = [inDays(at('2010-01-03T00')), inDays(at('2020-01-05T00'))];
    return Array.from({ length: Math.ceil((to - from) / days) }, (_, i) => [from + i * days, from + (i + 1) * days]);
  };
  const known = (bars: Days[]): KnownChunks => ({ bars, stored: chunks(70), openings: new Openings(bars) });
  const weeks = known(chunks(7));
  const parts = (of: ReturnType<typeof state>, over = wide, within = weeks): DailySource[] =>
    sourcesOf(of, within, over, 'asc');
  const opened = (source: DailySource): number => {
    const touched = (list: readonly Days[], { from, to }: TimeWindow): number =>
      list.filter(([start, end]) => start < inDays(to) && end > inDays(from)).length;
    const bars = [...source.bars, ...(source.aggregate?.partial ?? [])].map((part) => touched(weeks.bars, part));
    const stored = source.aggregate ? touched(weeks.stored, source.aggregate.window) : 0;
    return bars.reduce((sum, count) => sum + count, stored);
  };

  it.each(['asc', 'desc'] as const)('follow each other and hold the whole window: %s', (sort) => {
    const sources = sourcesOf(state([], NOTHING), weeks, wide, sort);
    const windows = (sort === 'asc' ? sources : sources.toReversed()).map(({ bars }) => bars[0]!);
    expect(windows[0]!.from).toBe(wide.from);
    expect(windows.at(-1)!.to).toBe(wide.to);
    for (const [i, { from }] of windows.slice(1).entries()) expect(from).toBe(windows[i]!.to);
  });

  it('are as many as the chunks need, and none for years without one', () => {
    expect(parts(state([]))).toHaveLength(1);
    expect(parts(state([], NOTHING)).map(opened)).toEqual([60, 60, 60, 60, 60, 60, 60, 60, 42]);
    expect(parts(state([], NOTHING), window('1930-01-01', '1931-01-01'))).toHaveLength(1);
    expect(parts(state([], NOTHING), wide, known([]))).toHaveLength(1);
  });

  it('read the full part first, the newest days first too', () => {
    expect(sourcesOf(state([], NOTHING), weeks, wide, 'desc').map(opened)).toEqual([
      ...Array.from({ length: 8 }, () => 60),
      42,
    ]);
  });

  it('keep corrections apart', () => {
    const corrections = Array.from({ length: 100 }, (_, i): Invalid => {
      const day = `20${10 + Math.floor(i / 10)}-${String((i % 10) + 1).padStart(2, '0')}-10`;
      return [`${day}T14`, `${day}T15`, `${day}T00`, `${day}T00`];
    });
    const sources = parts(state(corrections));
    expect(sources).toHaveLength(3);
    expect(sources.flatMap(({ aggregate }) => aggregate!.lacking)).toHaveLength(100);
    for (const source of sources) expect(opened(source)).toBeLessThanOrEqual(60);
  });

  it('hold at least a day, however small the chunks are', () => {
    const minutes = known(chunks(1 / 1440));
    expect(parts(state([], NOTHING), window('2019-01-01', '2019-01-11'), minutes)).toHaveLength(10);
  });

  it('follow the chunks where their length was changed', () => {
    const day = inDays(at('2015-01-04T00'));
    const mixed = known([...chunks(1).filter(([, to]) => to <= day), ...chunks(7).filter(([from]) => from >= day)]);
    const before = parts(state([], NOTHING), window('2014-01-01', '2015-01-01'), mixed);
    const after = parts(state([], NOTHING), window('2016-01-01', '2017-01-01'), mixed);
    expect(before).toHaveLength(7);
    expect(after).toHaveLength(1);
  });

  it('of an empty window are one', () => {
    expect(partsOf({ from: 5n, to: 5n }, 'asc', weeks.openings)).toEqual([{ from: 5n, to: 5n }]);
  });
});

describe('freshness', () => {
  const corrected = state([['2019-03-04T14', '2019-03-04T15', '2019-02-28T00', '2019-02-28T00']]);

  it.each<[string, string, string, boolean]>([
    ['with a correction in it', '2019-01-01', '2019-12-01', false],
    ['beside the correction', '2019-04-01', '2019-12-01', true],
  ])('is about the window: %s', (_, from, to, complete) => {
    expect(freshnessOf(corrected, window(from, to)).historyComplete).toBe(complete);
  });

  it('is complete after chunks were dropped: the first day that is left was logged with them', () => {
    const dropped = state([['2019-03-07T00', '2019-03-08T00', '2019-03-07T00', null]]);
    expect(freshnessOf(dropped).historyComplete).toBe(true);
    expect(sourceOf(dropped, year).bars.map(days)).toEqual(['2019-03-07/2019-03-08', '2020-01-01/2020-01-02']);
  });

  it('is incomplete where bars are there and nothing is stored', () => {
    expect(freshnessOf(state([], { watermark: BEGINNING })).historyComplete).toBe(false);
    expect(freshnessOf(state([], { watermark: BEGINNING, barsFrom: null, barsTo: null })).historyComplete).toBe(true);
  });

  it('names no instant that the wire cannot', () => {
    const watermark = '9089348947200000000';
    expect(freshnessOf(state([], { watermark, barsTo: '9223372036854775807' })).materializedThrough).toMatch(/^9999/);
  });
});

describe('an aggregate that is not the documented one', () => {
  const { definition } = documented;
  it('is told from those that are written differently', () => {
    expect(differenceOf(documented)).toBeNull();
    expect(differenceOf({ ...documented, definition: definition.replaceAll('ohlcv.', '') })).toBeNull();
    expect(differenceOf({ ...documented, definition: definition.replaceAll('first(', 'public.first(') })).toBeNull();
    expect(differenceOf({ ...documented, zone: 'UTC', width: '24:00:00' })).toBeNull();
    const more = definition.replace(' AS vwap', ' AS vwap,\n count(*) AS n');
    expect(differenceOf({ ...documented, definition: more })).toBeNull();
  });

  it.each<[string, Partial<AggregateRow>]>([
    ['Asia/Tokyo', { zone: 'Asia/Tokyo' }],
    ['05:00:00', { offset: '05:00:00' }],
    ['counted from', { origin: '2000-01-01 09:30:00+00' }],
    ['7 days', { width: '7 days' }],
    ['made of', { source: 'market_data.other' }],
    ['made of', { nested: true }],
    ['open', { definition: definition.replace('first(ohlcv.open,', 'first(ohlcv.close,') }],
    ['high', { definition: definition.replace('max(ohlcv.high)', 'min(ohlcv.high)') }],
    ['volume', { definition: definition.replace('AS volume', 'AS vol') }],
    ['every bar', { definition: definition.replace('GROUP', `WHERE (ohlcv.timeframe = '1d'::text) GROUP`) }],
    ['groups by more', { definition: definition.replace('BY ohlcv.symbol', 'BY ohlcv.timeframe, ohlcv.symbol') }],
  ])('says what differs: %s', (difference, change) => {
    expect(differenceOf({ ...documented, ...change })).toContain(difference);
    expect(stateOf({ ...documented, ...change }, NOW).stored).toBeNull();
  });
});
