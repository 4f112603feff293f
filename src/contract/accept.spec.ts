import { expect, it } from '@jest/globals';
import { acceptedType } from './accept.js';

const JSON_TYPE = 'application/json';
const CSV = 'text/csv';
const NDJSON = 'application/x-ndjson';

it.each([
  [undefined, JSON_TYPE],
  ['', JSON_TYPE],
  ['*/*', JSON_TYPE],
  ['application/*', JSON_TYPE],
  ['text/*', CSV],
  ['TEXT/CSV', CSV],
  ['text/csv; header=present; charset=utf-8', CSV],
  ['text/csv;q=0.5, application/json;q=0.4', CSV],
  ['text/csv;charset=utf-8;q=0.5, application/json;q=0.6', JSON_TYPE],
  ['application/*;q=0.2, text/csv ; q = 0.5', CSV],
  ['application/*;q=0.2, application/x-ndjson', NDJSON],
  ['text/csv, application/json', JSON_TYPE],
  ['text/csv;q=0, */*', JSON_TYPE],
  ['application/json;q=0, */*;q=0.1', CSV],
  ['application/*;q=0, */*', CSV],
  ['text/csv;q=5', undefined],
  ['text/csv;q=x', undefined],
  ['*/*;q=0', undefined],
  ['text/html', undefined],
  [';;q', JSON_TYPE],
])('Accept: %s means %s', (accept, type) => {
  expect(acceptedType(accept, [JSON_TYPE, CSV, NDJSON])).toBe(type);
});
