import { describe, expect, it } from '@jest/globals';
import type { Prices } from './indicator-formulas.js';
import { columnsOfIndicators, INDICATORS, parseIndicators } from './indicators.js';

const prices = (...close: number[]): Prices => ({
  close: Float64Array.from(close),
  high: Float64Array.from(close, (value) => value + 1),
  low: Float64Array.from(close, (value) => value - 2),
});

function valuesOf(text: string, given: Prices): Record<string, (number | null)[]> {
  const columns = columnsOfIndicators(parseIndicators('indicators', text), given);
  const shown = (value: number): number | null => (Number.isFinite(value) ? Number(value.toFixed(6)) : null);
  return Object.fromEntries(columns.map(({ name, values }) => [name, Array.from(values, shown)]));
}

describe('indicators', () => {
  it('are those of their formulas, by hand', () => {
    const given = prices(10, 11, 13, 12, 15);
    expect(valuesOf('sma(3), ema(3), drawdown', given)).toEqual({
      sma_3: [null, null, 11.333333, 12, 13.333333],
      // From the mean of three on: 34/3, then half way to each close.
      ema_3: [null, null, 11.333333, 11.666667, 13.333333],
      drawdown: [0, 0, 0, -0.076923, 0],
    });
    // Gains 1, 2, 0, 3 and losses 0, 0, 1, 0: averages (1.5, 0), (0.75, 0.5), (1.875, 0.25).
    expect(valuesOf('rsi(2)', given)).toEqual({ rsi_2: [null, null, 100, 60, 88.235294] });
    // True ranges 3, 3, 3, and 4 from the close before the last bar up to its high.
    expect(valuesOf('atr(2)', given)).toEqual({ atr_2: [null, null, 3, 3, 3.5] });
    expect(valuesOf('bbands(2,1.5)', given)).toEqual({
      bbands_upper_2_1_5: [null, 11.25, 13.5, 13.25, 15.75],
      bbands_middle_2_1_5: [null, 10.5, 12, 12.5, 13.5],
      bbands_lower_2_1_5: [null, 9.75, 10.5, 11.75, 11.25],
    });
    const returns = [Math.log(1.1), Math.log(13 / 11)];
    const middle = (returns[0]! + returns[1]!) / 2;
    const deviation = Math.sqrt(returns.reduce((sum, value) => sum + (value - middle) ** 2, 0));
    expect(valuesOf('volatility(2)', given).volatility_2!.slice(0, 3)).toEqual([
      null,
      null,
      Number((deviation * Math.sqrt(252)).toFixed(6)),
    ]);
    // The average of two closes: 10.5, then two thirds of the way to 13, 12 and 15.
    expect(valuesOf('macd(1,2,2)', given)).toEqual({
      macd_1_2_2: [null, 0.5, 0.833333, -0.055556, 0.981481],
      macd_signal_1_2_2: [null, null, 0.666667, 0.185185, 0.716049],
      macd_histogram_1_2_2: [null, null, 0.166667, -0.240741, 0.265432],
    });
  });

  it('leave out a bar without a price, and have none of too few bars', () => {
    expect(valuesOf('sma(2)', prices(10, NaN, 12, 14))).toEqual({ sma_2: [null, null, 11, 13] });
    for (const text of INDICATORS) {
      for (const values of Object.values(valuesOf(text, prices()))) expect(values).toEqual([]);
      const [first, ...others] = parseIndicators('indicators', text);
      expect(others).toEqual([]);
      const series = prices(...Array.from({ length: 60 }, (_, i) => 100 + 10 * Math.sin(i) + (i % 7)));
      const [values] = Object.values(valuesOf(text, series));
      expect(values!.findIndex((value) => value !== null)).toBe(first!.warmUp);
    }
  });

  it.each([
    ['sma', 'character 1: sma is written as sma(20)'],
    ['sma()', 'character 1: sma is written as sma(20)'],
    ['sma(20', 'character 1: this is no indicator'],
    ['sma(20))', 'character 1: this is no indicator'],
    ['sma(20),', 'character 9: an indicator is missing after the comma'],
    ['sma(20),,ema(5)', 'character 9: there is no indicator ""'],
    ['sma(20), xma(5)', 'character 9: there is no indicator "xma"'],
    ['sma(0)', 'character 1: 0 is not between 1 and 500'],
    ['sma(501)', 'character 1: 501 is not between 1 and 500'],
    ['sma(2.5)', 'character 1: sma is written as sma(20)'],
    ['sma(-1)', 'character 1: sma is written as sma(20)'],
    ['macd(12,26)', 'character 1: macd is written as macd(12,26,9)'],
    ['drawdown(3)', 'character 1: drawdown is written as drawdown'],
    ['constructor', 'character 1: there is no indicator "constructor"'],
    ['rsi(1)', 'character 1: 1 is not between 2 and 500'],
    ['sma(20),sma(20)', 'names sma_20 twice'],
  ])('%s is refused', (text, why) => {
    expect(() => parseIndicators('indicators', text)).toThrow(why);
  });

  it('may be written with spaces and in capitals', () => {
    const names = parseIndicators('indicators', ' SMA( 20 ) ,Macd(12, 26,9)').flatMap(({ columns }) => columns);
    expect(names).toEqual(['sma_20', 'macd_12_26_9', 'macd_signal_12_26_9', 'macd_histogram_12_26_9']);
  });
});
