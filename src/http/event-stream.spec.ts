import { describe, expect, it } from '@jest/globals';
import { finished, Writable } from 'node:stream';
import { EventStream, eventText } from './event-stream.js';

/** Takes nothing after its first bytes. */
const stalled = (): Writable => new Writable({ highWaterMark: 10, write: () => undefined });

describe('EventStream', () => {
  it('drops a client when more than so many bytes wait for it, and says so once', async () => {
    const over: boolean[] = [];
    const stream = new EventStream(1000, (slow) => over.push(slow));
    const closed = new Promise((resolve) => finished(stream, resolve));
    stream.pipe(stalled());
    for (let n = 0; n < 10; n++) {
      stream.write(Buffer.alloc(300));
      await new Promise(setImmediate);
    }
    await closed;
    expect([over, stream.destroyed, stream.readableLength <= 1000]).toEqual([[true], true, true]);
  });

  it('takes a single event of any size from a client that has read all before', () => {
    const stream = new EventStream(1000, () => undefined);
    stream.write(Buffer.alloc(5000));
    expect([stream.destroyed, stream.readableLength]).toEqual([false, 5000]);
  });

  it('sends what was last said before it ends', async () => {
    const over: boolean[] = [];
    const stream = new EventStream(1000, (slow) => over.push(slow));
    stream.finish(Buffer.from(eventText('end', '{}', 'id')));
    stream.write(Buffer.from('too late'));
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    expect(Buffer.concat(parts).toString()).toBe('event: end\nid: id\ndata: {}\n\n');
    expect(over).toEqual([false]);
  });
});
