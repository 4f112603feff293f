import { describe, expect, it, jest } from '@jest/globals';
import { ApiError, type ErrorDetails } from '../base/errors.js';
import { KnownSet, matchKnown } from './known-values.js';

const all = (...values: string[]) => ({ values, complete: true });

function refusal(given: string, ...values: string[]): ErrorDetails & { detail: string } {
  try {
    matchKnown('country', [given], all(...values));
  } catch (error) {
    if (error instanceof ApiError) return { ...error.details, detail: error.message };
  }
  throw new Error(`${given} is let through`);
}

describe('values that are known', () => {
  it.each([
    [['US'], ['US']],
    [
      ['us', 'DE'],
      ['US', 'DE'],
    ],
    [['us', 'US', 'Us'], ['US']],
    [['STRASSE'], ['Straße']],
    [['ΟΔΟΣ'], ['οδος']],
  ])('%j are %j', (given, expected) => {
    expect(matchKnown('country', given, all('US', 'DE', 'Straße', 'οδος'))).toEqual(expected);
  });

  it('are the same text first, and ambiguous only without it', () => {
    expect(matchKnown('country', ['Us'], all('US', 'Us'))).toEqual(['Us']);
    expect(refusal('us', 'US', 'Us')).toEqual({
      param: 'country',
      detail: 'country "us" means more than one value; case decides here.',
      hint: 'Did you mean US or Us?',
      allowed: ['US', 'Us'],
    });
  });

  it('are listed, and the nearest is guessed, for one that is not', () => {
    expect(refusal('USA', 'US', 'DE')).toEqual({
      param: 'country',
      detail: 'country "USA" is not in the data.',
      hint: 'Did you mean US?',
      allowed: ['US', 'DE'],
    });
    expect(refusal('France', 'US', 'DE').hint).toBeUndefined();
  });

  it('are never trimmed, and a lost plus sign is guessed', () => {
    expect(refusal(' US', 'US').hint).toBe('Did you mean US?');
    expect(refusal('A B', 'A+B').hint).toBe('A + in a URL is a space: write it as %2B.');
  });

  it.each(['Bloomberg', 'bloomberg'])('say how a name with a comma is written: %s', (given) => {
    expect(refusal(given, 'Bloomberg, L.P.').hint).toBe('A name with a comma is written in quotes: "Bloomberg, L.P."');
  });

  it('are at most fifty in an error', () => {
    const many = Array.from({ length: 1000 }, (_, i) => `value-${i}`);
    const { allowed, hint } = refusal('value-99x', ...many);
    expect(allowed!.length).toBe(50);
    expect(hint).toBe('Did you mean value-99?');
  });

  it('let others through where not all of them are known', () => {
    expect(matchKnown('country', ['fr', 'us'], { values: ['US'], complete: false })).toEqual(['fr', 'US']);
  });
});

describe('a kept set', () => {
  it('is read once for many who ask, and lets everything through while it is empty or cannot be read', async () => {
    let reads = 0;
    const set = new KnownSet(async () => {
      reads += 1;
      return ['US'];
    });
    expect(await Promise.all([set.match('c', ['us']), set.match('c', ['US'])])).toEqual([['US'], ['US']]);
    expect(await set.match('c', undefined)).toBeUndefined();
    expect(reads).toBe(1);
    expect(await new KnownSet(async () => []).match('c', ['x'])).toEqual(['x']);
    expect(await new KnownSet(() => Promise.reject(new Error('gone'))).match('c', ['x'])).toEqual(['x']);
  });

  it('is read anew for a value that may have been written since, at most once a second', async () => {
    jest.useFakeTimers();
    try {
      const values = ['US'];
      const set = new KnownSet(async () => [...values]);
      expect(await set.match('c', ['US'])).toEqual(['US']);
      values.push('DE');
      await expect(set.match('c', ['DE'])).rejects.toThrow('c "DE" is not in the data.');
      jest.advanceTimersByTime(1_001);
      expect(await set.match('c', ['DE'])).toEqual(['DE']);
      await expect(set.match('c', ['FR'])).rejects.toMatchObject({ details: { allowed: ['DE', 'US'] } });
    } finally {
      jest.useRealTimers();
    }
  });

  it('does not know whether a value beyond its bound exists', async () => {
    const set = new KnownSet(async () => Array.from({ length: 5_001 }, (_, i) => `v${i}`));
    expect(await set.match('c', ['v5000', 'V1'])).toEqual(['v5000', 'v1']);
  });
});
