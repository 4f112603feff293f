import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Pace, Traffic } from './pace.js';

describe('exports beside pages', () => {
  let uses = 0;
  let traffic: Traffic;

  /** Lets time pass in which pages are read so often. */
  function pass(ms: number, read: number): void {
    uses += read;
    jest.advanceTimersByTime(ms);
  }

  /** Whether the next piece is sent only after a pause. */
  async function pauses(pace: Pace): Promise<boolean> {
    const kept = pace.keep();
    const waiting = jest.getTimerCount() > 0;
    jest.advanceTimersByTime(50);
    await kept;
    return waiting;
  }

  beforeEach(() => {
    jest.useFakeTimers();
    uses = 0;
    traffic = new Traffic(() => uses);
  });

  afterEach(() => void jest.useRealTimers());

  it('go on without a pause where no pages are read, or hardly any', async () => {
    const pace = new Pace(traffic, 1000);
    pass(300, 0);
    expect(await pauses(pace)).toBe(false);
    pass(300, 2);
    expect(await pauses(pace)).toBe(false);
  });

  it('pause after some work while pages are read, and no more once they are not', async () => {
    const pace = new Pace(traffic, 1000);
    pass(300, 30);
    expect(await pauses(pace)).toBe(true);
    expect(await pauses(pace)).toBe(false);
    pass(10, 0);
    expect(await pauses(pace)).toBe(true);
    pass(300, 0);
    expect(await pauses(pace)).toBe(false);
  });

  it('get done in the end, however many pages are read', async () => {
    const pace = new Pace(traffic, 120);
    const paused: boolean[] = [];
    for (let i = 0; i < 5; i++) {
      pass(300, 30);
      paused.push(await pauses(pace));
    }
    expect(paused).toEqual([true, true, true, false, false]);
  });
});
