import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { databaseFolder } from './apply.js';
import { nyseHolidays, nyseTradingDays } from './nyse.js';

const real = readFileSync(`${databaseFolder}sample/sp500-2000.csv`, 'utf8')
  .split('\n')
  .slice(1)
  .map((line) => line.slice(0, 10));

describe('NYSE calendar', () => {
  it.each([2015, 2016, 2017, 2018, 2019])('has the days the S&P 500 really traded on in %i', (year) => {
    expect(nyseTradingDays(`${year}-01-01`, `${year}-12-31`)).toEqual(real.filter((d) => d.startsWith(`${year}-`)));
  });

  it('has nine holidays in 2019', () => {
    expect(nyseHolidays(2019)).toHaveLength(9);
  });

  it('does not keep a New Year that falls on a Saturday', () => {
    expect(nyseHolidays(2022)[0]).toBe('2022-01-17');
    expect(nyseTradingDays('2021-12-31', '2021-12-31')).toEqual(['2021-12-31']);
  });

  it('moves a Sunday holiday to Monday and a Saturday one to Friday', () => {
    expect(nyseHolidays(2023)).toContain('2023-01-02');
    expect(nyseHolidays(2026)).toContain('2026-07-03');
    expect(nyseHolidays(2021)).toContain('2021-12-24');
  });

  it('keeps Juneteenth from 2022 on', () => {
    expect(nyseHolidays(2021).filter((day) => day.includes('-06-'))).toEqual([]);
    expect(nyseHolidays(2022)).toContain('2022-06-20');
  });

  it.each([
    [2018, '2018-12-05'],
    [2025, '2025-01-09'],
  ])('was closed in mourning in %i', (year, day) => {
    expect(nyseHolidays(year)).toContain(day);
  });

  it.each([
    [2020, '2020-04-10'],
    [2024, '2024-03-29'],
    [2026, '2026-04-03'],
    [2027, '2027-03-26'],
  ])('is closed on Good Friday %i', (year, day) => {
    expect(nyseHolidays(year)).toContain(day);
  });

  it('knows 2025 in full', () => {
    expect(nyseHolidays(2025)).toEqual(
      ['01-01', '01-09', '01-20', '02-17', '04-18', '05-26', '06-19', '07-04', '09-01', '11-27', '12-25'].map(
        (day) => `2025-${day}`,
      ),
    );
  });
});
