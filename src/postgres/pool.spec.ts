import { expect, it } from '@jest/globals';
import pg from 'pg';
import { toApiError } from '../base/errors.js';
import { breaks } from './pool.js';

function serverError(severity: string, code: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('message', 1, 'error'), { severity, code });
}

it.each([
  ['a statement that is refused', serverError('ERROR', '42501'), false],
  ['a statement that is cancelled', serverError('ERROR', '57014'), false],
  ['a plan that is out of date', serverError('ERROR', '0A000'), true],
  ['a server that ends', serverError('FATAL', '57P01'), true],
  ['a socket that is reset', Object.assign(new Error('read'), { code: 'ECONNRESET' }), true],
  ['bytes that are no message', new pg.DatabaseError('received invalid response: 0', 5, 'error'), true],
])('after %s a connection is of no more use: %#', (_, error, useless) => {
  expect(breaks(error)).toBe(useless);
});

it('bytes that are no message mean that the database is not reached', () => {
  expect(toApiError(new pg.DatabaseError('received invalid response: 0', 5, 'error'))).toMatchObject({
    code: 'database_unavailable',
    status: 503,
  });
});
