import { expect, it } from '@jest/globals';
import { DOUBLE_BYTES, writeDouble } from './double-writer.js';

function written(value: number): string {
  const bytes = Buffer.alloc(DOUBLE_BYTES + 4);
  const end = writeDouble(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, value);
  return bytes.toString('latin1', 0, end);
}

it('a double is written as String writes it', () => {
  for (let i = 0; i < 50_000; i++) {
    const sign = i % 3 === 0 ? -1 : 1;
    const value = sign * Math.random() * 10 ** ((i % 30) - 9);
    const short = Number(value.toPrecision(1 + (i % 15)));
    expect(written(value)).toBe(String(value));
    expect(written(short)).toBe(String(short));
  }
});

it.each([
  0,
  -0,
  1,
  -1,
  10,
  100,
  99.9999999999,
  999999999999,
  1e12,
  1e-6,
  1.5e-6,
  9.99999e-7,
  1e21,
  -123456.789012,
  0.1,
  0.000123456789012,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  -Number.MIN_VALUE,
  Number.MAX_SAFE_INTEGER,
  1 / 3,
  -2.2250738585072014e-308,
])('%d, too', (value) => {
  expect(written(value)).toBe(String(value));
});
