import { expect, it } from '@jest/globals';
import { nearest } from './nearest.js';

it.each([
  ['limt', ['limit', 'start', 'sort'], ['limit']],
  ['APPL', ['MSFT', 'AAPL', 'AMZN'], ['AAPL']],
  ['^gspc', ['^GSPC', 'SPY'], ['^GSPC']],
  ['query', ['numbers', 'fields'], []],
  ['yoy', ['lin', 'log'], []],
  ['nyse', ['xnys', 'all'], ['xnys']],
  ['xyzzy', ['start', 'end'], []],
  ['a', [], []],
])('%s among %j is %j', (text, names, expected) => {
  expect(nearest(text, names, 2)).toEqual(expected);
});
