import { describe, expect, it } from '@jest/globals';
import { snakeTree } from '../../contract/wire.js';
import { rowsOf } from './catalog.queries.js';

describe('number of rows', () => {
  it.each([
    ['the estimate', 419, '2025-10-31T00:00:00Z', 419],
    ['unknown where the planner never looked', -1, '2025-10-31T00:00:00Z', null],
    ['unknown where the planner denies rows that are there', 0, '2025-10-31T00:00:00Z', null],
    ['none where there is no last row', -1, null, 0],
  ])('is %s', (_, estimate, last, rows) => {
    expect(rowsOf(estimate, { first: last, last })).toBe(rows);
  });
});

it('names of a tree are snake_case at every depth, values are kept', () => {
  expect(snakeTree({ asOf: 'aB', dataSets: [{ lagSeconds: 1, refresh: null }] })).toEqual({
    as_of: 'aB',
    data_sets: [{ lag_seconds: 1, refresh: null }],
  });
});
