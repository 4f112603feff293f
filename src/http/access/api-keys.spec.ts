import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../config/config.js';
import { ApiKeys } from './api-keys.js';

const home = mkdtempSync(join(tmpdir(), 'tetra-keys-'));
const file = join(home, 'keys');
const line = (name: string, key: string): string => `${name}:${createHash('sha256').update(key).digest('hex')}\n`;
afterAll(() => rmSync(home, { recursive: true }));

describe('ApiKeys', () => {
  it('never take an empty key', () => {
    writeFileSync(file, line('alice', 'a key') + line('nobody', ''));
    expect(() => new ApiKeys(file, () => undefined)).toThrow(
      new ConfigError('API_KEYS_FILE line 2 is the SHA-256 of an empty key'),
    );
  });

  it('outlive their file for a while, are then refused, and count again when it is good', () => {
    jest.useFakeTimers();
    let keys: ApiKeys | undefined;
    try {
      writeFileSync(file, line('alice', 'a key'));
      const said: string[] = [];
      keys = new ApiKeys(file, (words) => said.push(words), 5_000);
      expect([keys.find('a key'), keys.good]).toEqual(['alice', true]);
      rmSync(file);
      jest.advanceTimersByTime(2_000);
      expect([keys.find('a key'), keys.good]).toEqual(['alice', false]);
      expect(said.at(-1)).toBe(
        'API_KEYS_FILE cannot be read: ENOENT; the keys read before stay in force for 5 s: fix the file',
      );
      jest.advanceTimersByTime(6_000);
      expect([keys.find('a key'), keys.good]).toEqual([null, false]);
      expect(said.at(-1)).toBe('API_KEYS_FILE cannot be read: ENOENT: nobody is let in until it is fixed');
      writeFileSync(file, line('alice', 'a key'));
      jest.advanceTimersByTime(1_000);
      expect([keys.find('a key'), keys.good]).toEqual(['alice', true]);
      keys.close();
      rmSync(file);
      jest.advanceTimersByTime(6_000);
      expect(keys.good).toBe(true);
    } finally {
      keys?.close();
      jest.useRealTimers();
    }
  });
});
