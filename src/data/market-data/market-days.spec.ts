import { describe, expect, it } from '@jest/globals';
import { formatDay, parseDay } from '../../base/time.js';
import { MarketDays } from './market-days.js';
import { easter, isWeekday, nyseDay } from '../../base/nyse.js';

const day = (text: string): number => parseDay(text)!;

/** A market of ten symbols that trade on some days. */
function market(from: string, to: string, isOpen: (day: number, text: string) => boolean): MarketDays {
  const traded = new Map<number, number>();
  for (let at = day(from); at <= day(to); at++) if (isOpen(at, formatDay(at))) traded.set(at, 10);
  return new MarketDays(
    traded,
    Array.from({ length: 10 }, () => ({ firstDay: from, newestDay: to })),
  );
}

function calendar(days: MarketDays, first: string, last: string): { closed: string[]; missing: string[] } {
  const { exceptions, wholeMarketMissing } = days.calendar(day(first), day(last));
  return { closed: exceptions.filter(isWeekday).map(formatDay), missing: wholeMarketMissing.map(formatDay) };
}

const isSession = (at: number): boolean => nyseDay(at) !== 'closed';
const HOLIDAYS_2017 = ['01-02', '01-16', '02-20', '04-14', '05-29', '07-04', '09-04', '11-23', '12-25'];

describe('a market that keeps the calendar of the New York Stock Exchange', () => {
  it('has its holidays closed, and one day without any bar missing', () => {
    const days = market('2016-01-04', '2018-12-31', (at, text) => isSession(at) && text !== '2017-11-08');
    expect(calendar(days, '2017-01-01', '2017-12-31')).toEqual({
      closed: HOLIDAYS_2017.map((date) => `2017-${date}`),
      missing: ['2017-11-08'],
    });
  });

  it('has six trading days without any bar missing, and the holiday among them closed', () => {
    const dead = (text: string): boolean => text >= '2017-11-20' && text <= '2017-11-28';
    const days = market('2016-01-04', '2018-12-31', (at, text) => isSession(at) && !dead(text));
    expect(calendar(days, '2017-11-01', '2017-11-30')).toEqual({
      closed: ['2017-11-23'],
      missing: ['2017-11-20', '2017-11-21', '2017-11-22', '2017-11-24', '2017-11-27', '2017-11-28'],
    });
  });

  it('had special closings that are no missing days', () => {
    const days = market('2011-01-03', '2013-12-31', isSession);
    expect(calendar(days, '2012-10-22', '2012-11-02')).toEqual({ closed: ['2012-10-29', '2012-10-30'], missing: [] });
  });
});

describe('another market', () => {
  /** London's fixed holidays in these years, and those that go with Easter. */
  const isLondon = (at: number, text: string): boolean => {
    const sunday = easter(Number(text.slice(0, 4)));
    if (!isWeekday(at) || at === sunday - 2 || at === sunday + 1) return false;
    return !['01-01', '12-25', '12-26'].includes(text.slice(5));
  };

  it('has closed what is closed in other years, by date or by Easter, and missing what is not', () => {
    const days = market('2014-01-02', '2019-12-31', (at, text) => isLondon(at, text) && text !== '2018-03-14');
    expect(calendar(days, '2018-01-01', '2018-12-31')).toEqual({
      closed: ['2018-01-01', '2018-03-30', '2018-04-02', '2018-12-25', '2018-12-26'],
      missing: ['2018-03-14'],
    });
  });

  it('that is never open on Fridays misses none', () => {
    const days = market('2018-01-01', '2018-12-31', (at, text) => isWeekday(at) && new Date(text).getUTCDay() !== 5);
    expect(calendar(days, '2018-03-01', '2018-03-31').missing).toEqual([]);
  });

  it('that trades every day has its weekends open', () => {
    const days = market('2018-01-01', '2018-12-31', (_, text) => text !== '2018-05-09');
    const { exceptions, wholeMarketMissing } = days.calendar(day('2018-05-01'), day('2018-05-13'));
    expect(exceptions.map(formatDay)).toEqual(['2018-05-05', '2018-05-06', '2018-05-12', '2018-05-13']);
    expect(wholeMarketMissing.map(formatDay)).toEqual(['2018-05-09']);
  });
});

it('counts the symbols that are active in a range', () => {
  const days = new MarketDays(new Map(), [
    { firstDay: '2020-01-01', newestDay: '2020-06-30' },
    { firstDay: '2020-06-30', newestDay: '2020-12-31' },
    { firstDay: '2099-01-01', newestDay: null },
  ]);
  expect(days.activeIn(day('2020-06-30'), day('2020-06-30'))).toBe(2);
  expect(days.activeIn(day('2020-07-01'), day('2021-07-01'))).toBe(1);
  expect(days.activeIn(day('2099-01-01'), day('2099-01-01'))).toBe(0);
});

describe('a session', () => {
  const symbols = Array.from({ length: 5 }, () => ({ firstDay: '2020-01-01', newestDay: '2020-12-31' }));

  it.each([
    [2, false],
    [3, true],
  ])('with bars of %s of five active symbols: %s', (bars, open) => {
    expect(new MarketDays(new Map([[day('2020-06-03'), bars]]), symbols).isOpen(day('2020-06-03'))).toBe(open);
  });

  it('needs half of the symbols that are active then, and not of all there are', () => {
    const later = Array.from({ length: 5 }, () => ({ firstDay: '2020-07-01', newestDay: '2020-12-31' }));
    const days = new MarketDays(new Map([[day('2020-06-03'), 3]]), [...symbols, ...later]);
    expect(days.isOpen(day('2020-06-03'))).toBe(true);
  });
});
