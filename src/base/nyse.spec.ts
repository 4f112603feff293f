import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { formatDay, parseDay } from './time.js';
import { databaseFolder } from '../setup/apply.js';
import { NYSE_FIRST_DAY, nyseDay, nyseExceptions, nyseHalfDays } from './nyse.js';

const day = (text: string): number => parseDay(text)!;

function sessions(from: string, to: string): string[] {
  const found: string[] = [];
  for (let at = day(from); at <= day(to); at++) if (nyseDay(at) !== 'closed') found.push(formatDay(at));
  return found;
}

/**
 * Sessions in each year of a decade, and the start of a SHA-256 of all of them, one a line, as YYYY-MM-DD. Made from
 * the NYSE calendar of pandas_market_calendars (commit 966ffb3, MIT), which follows the exchange's own list "NYSE
 * Closings"; its weekdays were compared with that project's nyse_all_full_day_holidays_since_1928.csv.
 */
const PUBLISHED: Record<string, [perYear: number[], hash: string]> = {
  1920: [[0, 0, 0, 0, 0, 0, 0, 0, 295, 291], 'a1111811c8ae9348'],
  1930: [[298, 300, 302, 285, 301, 301, 301, 299, 301, 300], '05113617cdab0804'],
  1940: [[302, 301, 301, 301, 298, 286, 281, 283, 283, 282], '5f5b0c012166689a'],
  1950: [[281, 283, 271, 251, 252, 252, 251, 252, 252, 253], '0aecc3fc3353c1da'],
  1960: [[252, 250, 252, 251, 253, 252, 252, 251, 226, 250], '0ccf68dc53c8ee77'],
  1970: [[254, 253, 251, 252, 253, 253, 253, 252, 252, 253], 'dcdc76bfa8448d70'],
  1980: [[253, 253, 253, 253, 253, 252, 253, 253, 253, 252], '35afec21bb03cec6'],
  1990: [[253, 253, 254, 253, 252, 252, 254, 253, 252, 252], 'ec7cfc65d36d31c0'],
  2000: [[252, 248, 252, 252, 252, 252, 251, 251, 253, 252], '220ed6b687c65c13'],
  2010: [[252, 252, 250, 252, 252, 252, 252, 251, 251, 252], '3df5d8690644852c'],
  2020: [[253, 252, 251, 250, 252, 250, 251, 251, 251, 251], '60d09aa9e2363c73'],
  2030: [[251, 251, 252, 251, 250, 251, 0, 0, 0, 0], '9a70cd4cf84e51b3'],
};

/** Sessions that ended at 13:00, as the same calendar lists them. */
const HALF_DAYS = `1993-11-26 1994-11-25 1995-07-03 1995-11-24 1996-07-05 1996-11-29 1996-12-24 1997-07-03 1997-11-28
  1997-12-24 1997-12-26 1998-11-27 1998-12-24 1999-11-26 2000-07-03 2000-11-24 2001-07-03 2001-11-23 2001-12-24
  2002-07-05 2002-11-29 2002-12-24 2003-07-03 2003-11-28 2003-12-24 2003-12-26 2004-11-26 2005-11-25 2006-07-03
  2006-11-24 2007-07-03 2007-11-23 2007-12-24 2008-07-03 2008-11-28 2008-12-24 2009-11-27 2009-12-24 2010-11-26
  2011-11-25 2012-07-03 2012-11-23 2012-12-24 2013-07-03 2013-11-29 2013-12-24 2014-07-03 2014-11-28 2014-12-24
  2015-11-27 2015-12-24 2016-11-25 2017-07-03 2017-11-24 2018-07-03 2018-11-23 2018-12-24 2019-07-03 2019-11-29
  2019-12-24 2020-11-27 2020-12-24 2021-11-26 2022-11-25 2023-07-03 2023-11-24 2024-07-03 2024-11-29 2024-12-24
  2025-07-03 2025-11-28 2025-12-24 2026-11-27 2026-12-24 2027-11-26 2028-07-03 2028-11-24 2029-07-03 2029-11-23
  2029-12-24 2030-07-03 2030-11-29 2030-12-24`.split(/\s+/);

describe('NYSE calendar', () => {
  it.each(Object.entries(PUBLISHED))(
    'has the published sessions of the ten years from %s',
    (decade, [perYear, hash]) => {
      const years = perYear.map((count, i) =>
        count === 0 ? [] : sessions(`${Number(decade) + i}-01-01`, `${Number(decade) + i}-12-31`),
      );
      expect(years.map((year) => year.length)).toEqual(perYear);
      expect(createHash('sha256').update(years.flat().join('\n')).digest('hex').slice(0, 16)).toBe(hash);
    },
  );

  it('has the days the S&P 500 really traded on from 2000 to April 2020', () => {
    const real = readFileSync(`${databaseFolder}sample/sp500-2000.csv`, 'utf8').trimEnd().split('\n').slice(1);
    expect(sessions('2000-01-01', '2020-04-17')).toEqual(real.map((line) => line.slice(0, 10)));
  });

  it.each([
    ['1952-05-24', 'session'],
    ['1952-05-31', 'closed'],
    ['1968-06-12', 'closed'],
    ['1980-11-04', 'closed'],
    ['1984-11-06', 'session'],
    ['1997-01-20', 'session'],
    ['1998-01-19', 'closed'],
    ['2001-09-11', 'closed'],
    ['2012-10-29', 'closed'],
    ['2021-06-18', 'session'],
    ['2021-12-24', 'closed'],
    ['2021-12-31', 'session'],
    ['2022-06-20', 'closed'],
    ['2024-11-29', 'half_day'],
    ['2025-01-09', 'closed'],
    ['2026-07-03', 'closed'],
    ['2027-03-26', 'closed'],
  ])('%s is %s', (text, expected) => {
    expect(nyseDay(day(text))).toBe(expected);
  });

  it('knows the half days', () => {
    expect(nyseHalfDays(NYSE_FIRST_DAY, day('2030-12-31')).map(formatDay)).toEqual(HALF_DAYS);
  });

  it('lists 2025 in full, and the Saturdays of an old week', () => {
    expect(nyseExceptions(day('2025-01-01'), day('2025-12-31')).map(formatDay)).toEqual(
      ['01-01', '01-09', '01-20', '02-17', '04-18', '05-26', '06-19', '07-04', '09-01', '11-27', '12-25'].map(
        (date) => `2025-${date}`,
      ),
    );
    expect(nyseExceptions(day('1936-02-10'), day('1936-02-16')).map(formatDay)).toEqual(['1936-02-12', '1936-02-15']);
  });
});
