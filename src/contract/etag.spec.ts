import { expect, it } from '@jest/globals';
import { etagOf, matches } from './etag.js';

const ETAG = etagOf(['text/csv', 'rows']);
const STRONG = ETAG.slice('W/'.length);

it.each([
  [ETAG, true],
  [STRONG, true],
  [`W/"other", ${ETAG}`, true],
  [`"other" ,${STRONG}`, true],
  ['*', true],
  ['W/"other"', false],
  [STRONG.slice(1, -1), false],
  ['', false],
  [undefined, false],
])('If-None-Match: %s holds: %s', (condition, holds) => {
  expect(matches(condition, ETAG)).toBe(holds);
});

it('a tag tells its parts apart', () => {
  expect(etagOf(['a', 'b'])).not.toBe(etagOf(['ab']));
  expect(etagOf(['a', 'b'])).toBe(etagOf(['a', 'b']));
});
