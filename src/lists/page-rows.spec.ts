import { expect, it } from '@jest/globals';
import type { Column } from '../sql/columns.js';
import { PageRows } from './page-rows.js';
import { RowWriter } from './row-writer.js';

const COLUMN: Column = { property: 'close', name: 'close', kind: 'decimal', nullable: true, description: '' };

function doubleOf(text: string | null): number {
  const writer = new RowWriter();
  writer.text(text);
  writer.end();
  return new PageRows([COLUMN], [writer.rows], 0).doublesOf(0, 0, 1)[0]!;
}

it('a decimal is read as the double next to it', () => {
  const texts = Array.from({ length: 20_000 }, (_, i) => {
    const digits = String(Math.floor(Math.random() * 10 ** (1 + (i % 12))));
    const decimals = String(Math.floor(Math.random() * 1e9)).slice(0, i % 10);
    return decimals === '' ? digits : `${digits}.${decimals}`;
  });
  for (const text of texts) expect([text, doubleOf(text)]).toEqual([text, Number(text)]);
});

it.each([
  '0',
  '-1.5',
  '0.00000001',
  '999999999999.99999999',
  '9007199254740993',
  '9007199254740.993',
  '0.1234567890123456789012345678901234567890',
  '1e-7',
  '1.7976931348623157e308',
])('%s is read as the double next to it', (text) => {
  expect(doubleOf(text)).toBe(Number(text));
});

it.each([null, 'NaN'])('%s is no number', (text) => {
  expect(doubleOf(text)).toBeNaN();
});
