import { describe, expect, it } from '@jest/globals';
import { addSums, cumulate, type StudySums, studyStatistics } from './event-study.js';

/** The sums of events by hand. */
function sumsOf(...cumulated: number[]): StudySums {
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  return {
    events: cumulated.length,
    return: 2 * cumulated.length,
    benchmark: cumulated.length,
    abnormal: sum(cumulated),
    cumulated: sum(cumulated),
    squares: sum(cumulated.map((value) => value ** 2)),
    positive: cumulated.filter((value) => value > 0).length,
  };
}

describe('the statistics of a study', () => {
  it('are the mean, its deviation, t and the share above zero', () => {
    // Mean 3, squares about it 4 + 0 + 4 + 16 + 16.
    const { meanCumulated, deviation, t, hitRate, meanReturn, meanBenchmark } = studyStatistics(sumsOf(1, 3, 5, -1, 7));
    expect([meanCumulated, meanReturn, meanBenchmark]).toEqual([3, 2, 1]);
    expect(deviation).toBeCloseTo(Math.sqrt(40 / 4), 12);
    expect(t).toBeCloseTo(3 / Math.sqrt(10 / 5), 12);
    expect(hitRate).toBe(4 / 5);
  });

  it('are the same whatever groups the events come in', () => {
    expect(studyStatistics(addSums(sumsOf(1, 3), sumsOf(5, -1, 7)))).toEqual(studyStatistics(sumsOf(1, 3, 5, -1, 7)));
  });

  it('have no t where events are one, none or all alike', () => {
    expect(studyStatistics(sumsOf(2))).toMatchObject({ events: 1, meanCumulated: 2, deviation: null, t: null });
    expect(studyStatistics(sumsOf(2, 2))).toMatchObject({ deviation: 0, t: null, hitRate: 1 });
    expect(studyStatistics(sumsOf())).toMatchObject({ meanCumulated: null, deviation: null, t: null, hitRate: null });
  });
});

describe('cumulated returns of one event', () => {
  it('add up, with t by the root of the sessions', () => {
    expect(cumulate([1, 2, -1, 2], 0.5)).toEqual([
      { cumulated: 1, t: 2 },
      { cumulated: 3, t: 3 / (0.5 * Math.SQRT2) },
      { cumulated: 2, t: 2 / (0.5 * Math.sqrt(3)) },
      { cumulated: 4, t: 4 },
    ]);
  });

  it('end at a session without a return, and have no t without a deviation', () => {
    expect(cumulate([1, null, 1], 1).slice(1)).toEqual(Array(2).fill({ cumulated: null, t: null }));
    expect(cumulate([1], null)).toEqual([{ cumulated: 1, t: null }]);
    expect(cumulate([1], 0)).toEqual([{ cumulated: 1, t: null }]);
  });
});
