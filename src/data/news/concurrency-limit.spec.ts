import { expect, it } from '@jest/globals';
import { enterRequest, RequestScope } from '../../base/request.js';
import { ConcurrencyLimit } from './concurrency-limit.js';

/** Work that ends when it is told to. */
function work(): { readonly begun: () => boolean; readonly run: () => Promise<undefined>; readonly end: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let begun = false;
  return { begun: () => begun, run: () => ((begun = true), promise), end: () => resolve(undefined) };
}

it('runs one of each request and so many at a time, in their order', async () => {
  const limit = new ConcurrencyLimit(2);
  const [a, b] = [new RequestScope('a'), new RequestScope('b')];
  const jobs = [work(), work(), work(), work()];
  const done = [a, a, b, b].map((scope, i) => enterRequest(scope, () => limit.take(jobs[i]!.run)));
  expect(jobs.map(({ begun }) => begun())).toEqual([true, false, true, false]);
  jobs[0]!.end();
  await done[0];
  await new Promise(setImmediate);
  expect(jobs.map(({ begun }) => begun())).toEqual([true, true, true, false]);
  for (const { end } of jobs) end();
  await Promise.all(done);
});

it('refuses whom it cannot let wait, and lets go of whose request ended', async () => {
  const limit = new ConcurrencyLimit(1);
  const first = work();
  const running = limit.take(first.run);
  const scope = new RequestScope('left');
  const left = enterRequest(scope, () => limit.take(() => Promise.resolve()));
  const others = Array.from({ length: 7 }, () => limit.take(() => Promise.resolve()));
  await expect(limit.take(() => Promise.resolve())).rejects.toMatchObject({ code: 'overloaded' });
  scope.end(new Error('gone'));
  await expect(left).rejects.toThrow('gone');
  first.end();
  await Promise.all([running, ...others]);
});
