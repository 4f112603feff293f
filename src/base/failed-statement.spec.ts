import { expect, it } from '@jest/globals';
import { causeOf, toApiError } from './errors.js';
import { describeFailure, noteStatement } from './failed-statement.js';

function serverError(code: string, message: string, position?: string): Error {
  return Object.assign(new Error(message), { code, severity: 'ERROR', position });
}

it('a misspelt column is our fault, and the log says where it is', () => {
  const sql = `select "event"."titel" from "events"."event_data" as "event" where "event"."symbol" = $1`;
  const error = serverError('42703', 'column event.titel does not exist', '8');
  noteStatement(error, { name: 't12', sql });
  const api = toApiError(error);
  expect(api.code).toBe('internal');
  const { text } = causeOf(api);
  expect(text).toContain('42703 column event.titel does not exist; statement t12 on events.event_data; near: select');
  expect(text).toContain('"event"."titel"');
});

it.each(['42P01', '42501', '3F000'])('%s, a set-up that is missing, is no fault of the statement', (code) => {
  expect(toApiError(serverError(code, 'x')).code).toBe('database_unavailable');
});

it.each([
  ['22P02', 'invalid input syntax for type integer: "secret"'],
  ['22003', `value 'secret' is out of range`],
])('values are not in the log (%s)', (code, message) => {
  const failure = describeFailure(serverError(code, message))!;
  expect(failure.text).toContain(code);
  expect(failure.text + failure.stack!).not.toContain('secret');
});

it.each([null, undefined, 7, new Error('x'), Object.assign(new Error('x'), { code: 'ECONNRESET' })])(
  'what is no error of PostgreSQL is not described: %s',
  (error) => {
    expect(describeFailure(error)).toBeNull();
  },
);
