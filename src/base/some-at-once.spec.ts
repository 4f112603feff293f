import { expect, it } from '@jest/globals';
import { someAtOnce } from './some-at-once.js';

it('does something with each item in their order, so many at a time', async () => {
  let [under, most] = [0, 0];
  const begun: number[] = [];
  await someAtOnce(3, [1, 2, 3, 4, 5, 6, 7], async (item) => {
    begun.push(item);
    most = Math.max(most, ++under);
    await Promise.resolve();
    under -= 1;
  });
  expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
});

it('begins no more once one has failed, and says so when the others have ended', async () => {
  const done: number[] = [];
  const failing = someAtOnce(2, [1, 2, 3, 4], async (item) => {
    await Promise.resolve();
    if (item === 1) throw new Error('the first');
    await Promise.resolve();
    done.push(item);
  });
  await expect(failing).rejects.toThrow('the first');
  expect(done).toEqual([2]);
});
