import { expect, it, jest } from '@jest/globals';
import { Shared } from './cancellation.js';
import { RequestScope } from './request.js';

const left = new Error('the client left');

it('a statement is aborted when the last of those who wait for it has left, and not before', async () => {
  const abandoned = jest.fn();
  const shared = new Shared<number>(abandoned);
  const abort = jest.fn();
  shared.cancellation.onAbort = abort;
  const [first, second] = [new RequestScope('1'), new RequestScope('2')];
  const never = new Promise<number>(() => undefined);
  const waits = [first, second].map((scope) => shared.wait(never, scope).catch((error: unknown) => error));

  first.end(left);
  expect(await waits[0]).toBe(left);
  expect([abort.mock.calls.length, abandoned.mock.calls.length, shared.cancellation.reason]).toEqual([0, 0, null]);

  second.end(left);
  expect(await waits[1]).toBe(left);
  expect([abort.mock.calls.length, abandoned.mock.calls.length, shared.cancellation.reason]).toEqual([1, 1, left]);
});

it('an outcome ends the waiting: who leaves later aborts nothing', async () => {
  const shared = new Shared<number>(() => undefined);
  const abort = jest.fn();
  shared.cancellation.onAbort = abort;
  const scope = new RequestScope('1');
  expect(await shared.wait(Promise.resolve(7), scope)).toBe(7);
  scope.end(left);
  expect(abort).not.toHaveBeenCalled();
});
