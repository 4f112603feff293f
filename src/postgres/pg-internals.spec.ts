import { describe, expect, it } from '@jest/globals';
import type { RawRows } from '../base/raw-rows.js';
import { RowReader } from './pg-internals.js';

const message = (type: string, body: string): Buffer => {
  const bytes = Buffer.from(`${type}    ${body}`);
  bytes.writeUInt32BE(bytes.length - 1, 1);
  return bytes;
};
const ROWS = ['one', '', 'a longer one than the others'].map((body) => message('D', body));
const ANSWER = [message('1', ''), message('2', ''), ...ROWS, message('C', 'SELECT 3'), message('Z', 'I')];

/** A socket that pg's parser listens to, and what that parser gets. */
function reading(): { reader: RowReader; send: (bytes: Buffer) => void; parsed: () => string } {
  const got: Buffer[] = [];
  let take: (bytes: Buffer) => void = (bytes) => got.push(Buffer.from(bytes));
  const stream = {
    listeners: () => [take],
    removeListener: () => undefined,
    on: (_event: string, listener: (bytes: Buffer) => void) => (take = listener),
  };
  const reader = new RowReader({ stream });
  return { reader, send: (bytes) => take(bytes), parsed: () => Buffer.concat(got).toString('latin1') };
}

const text = (parts: Buffer[]): string => Buffer.concat(parts).toString('latin1');

describe('rows kept as bytes', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 11, 64, 1000])('come whole, whatever the network cuts: %d bytes at a time', (size) => {
    const { reader, send, parsed } = reading();
    reader.start();
    const all = Buffer.concat(ANSWER);
    for (let at = 0; at < all.length; at += size) send(all.subarray(at, at + size));
    const rows = reader.rows();
    expect([rows.count, rows.bytes.toString('latin1')]).toEqual([3, text(ROWS)]);
    expect(parsed()).toBe(text(ANSWER.filter((one) => !ROWS.includes(one))));
  });

  it.each([1, 5, 64, 1000])('are given as they come where that is asked for: %d bytes at a time', (size) => {
    const { reader, send, parsed } = reading();
    const given: RawRows[] = [];
    reader.start((rows) => {
      expect(parsed()).not.toContain('Z');
      given.push(rows);
    });
    const all = Buffer.concat(ANSWER);
    for (let at = 0; at < all.length; at += size) send(all.subarray(at, at + size));
    expect(given.reduce((sum, { count }) => sum + count, 0)).toBe(3);
    expect(text(given.map(({ bytes }) => bytes))).toBe(text(ROWS));
    expect(reader.rows().count).toBe(0);
  });

  it('end with the statement: what follows is the parser’s', () => {
    const { reader, send, parsed } = reading();
    reader.start();
    const after = [message('S', 'x'), ...ROWS];
    send(Buffer.concat([...ANSWER, ...after]));
    expect(reader.rows().count).toBe(3);
    expect(parsed().endsWith(text(after))).toBe(true);
    send(ROWS[0]!);
    expect(parsed().endsWith(text([...after, ROWS[0]!]))).toBe(true);
  });

  it('of a statement that failed half way do not go into the next', () => {
    const { reader, send } = reading();
    reader.start();
    send(Buffer.concat([ROWS[0]!, message('E', 'it failed'), message('Z', 'I')]));
    reader.start();
    send(Buffer.concat(ANSWER));
    expect(reader.rows().bytes.toString('latin1')).toBe(text(ROWS));
  });

  it('refuses a socket that pg reads in another way', () => {
    const stream = { listeners: () => [], removeListener: () => undefined, on: () => undefined };
    expect(() => new RowReader({ stream })).toThrow('in another way');
  });
});
