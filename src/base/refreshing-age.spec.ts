import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Refreshing } from './refreshing.js';

/** A value that counts how often it was read; each reading takes so many milliseconds. */
function counter(ms: number, fresh = 1000, usable = 2000): { value: Refreshing<number>; reads: () => number } {
  let reads = 0;
  const read = async (): Promise<number> => {
    const value = ++reads;
    await new Promise((resolve) => setTimeout(resolve, ms));
    return value;
  };
  return { value: new Refreshing(read, fresh, usable), reads: () => reads };
}

/** What a promise yields when the clock has gone on far enough. */
async function after<T>(ms: number, promise: Promise<T>): Promise<T> {
  await jest.advanceTimersByTimeAsync(ms);
  return promise;
}

describe('a value that is renewed', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('is read once for all who ask while it is fresh', async () => {
    const { value, reads } = counter(5);
    expect(await after(5, Promise.all([value.get(), value.get()]))).toEqual([1, 1]);
    await jest.advanceTimersByTimeAsync(900);
    expect(await value.get()).toBe(1);
    expect(reads()).toBe(1);
  });

  it('is given as it is while it is renewed', async () => {
    const { value, reads } = counter(5);
    await after(5, value.get());
    await jest.advanceTimersByTimeAsync(1500);
    expect(await value.get()).toBe(1);
    expect(reads()).toBe(2);
    await jest.advanceTimersByTimeAsync(5);
    expect(await value.get()).toBe(2);
  });

  it('is never given when it is too old, however long nobody asked', async () => {
    const { value } = counter(5);
    await after(5, value.get());
    await jest.advanceTimersByTimeAsync(120_000);
    expect(await after(5, value.get())).toBe(2);
  });

  it('is never too old however expensive it is to read: its age counts from the beginning', async () => {
    const { value } = counter(1500);
    expect(await after(1500, value.get())).toBe(1);
    await jest.advanceTimersByTimeAsync(600);
    expect(await after(1500, value.get())).toBe(2);
  });

  it('whoever comes while a reading under way is too old already waits for the next', async () => {
    const { value } = counter(5000);
    const first = value.get();
    await jest.advanceTimersByTimeAsync(3000);
    const second = value.get();
    expect(await after(2000, first)).toBe(1);
    expect(await after(5000, second)).toBe(2);
  });

  it('stays in use when a renewal fails, as long as it is usable; then the error is seen', async () => {
    let fails = false;
    const value = new Refreshing(() => (fails ? Promise.reject(new Error('down')) : Promise.resolve(1)), 1000, 2000);
    await value.get();
    fails = true;
    await jest.advanceTimersByTimeAsync(1500);
    expect(await value.get()).toBe(1);
    await jest.advanceTimersByTimeAsync(1000);
    await expect(value.get()).rejects.toThrow('down');
  });
});
