import { expect, it } from '@jest/globals';
import { keepSecret, redacted, throttled } from './log.js';

it('redacts what is known to be secret, also as a URL has it, and the credentials of any URL', () => {
  keepSecret('p@ss word');
  expect(redacted('no pg_hba entry, password p@ss word')).toBe('no pg_hba entry, password ***');
  expect(redacted('at ?password=p%40ss%20word&x=1')).toBe('at ?password=***&x=1');
  expect(redacted('postgres://someone:else@db:5432/tetra')).toBe('postgres://***@db:5432/tetra');
});

it('a text too short to be a secret is left alone', () => {
  keepSecret('abc');
  keepSecret(undefined);
  expect(redacted('abc undefined')).toBe('abc undefined');
});

it('a throttled line is written once in its time, others beside it', () => {
  const lines: string[] = [];
  const write = throttled((line) => lines.push(line), 60_000);
  for (const line of ['a', 'b', 'a', 'a']) write(line);
  expect(lines).toEqual(['a', 'b']);
  const again = throttled((line) => lines.push(line), 0);
  for (const line of ['c', 'c']) again(line);
  expect(lines).toEqual(['a', 'b', 'c', 'c']);
});
