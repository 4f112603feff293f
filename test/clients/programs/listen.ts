// The stream of our client in TypeScript: prints each event, leaves after the bar with volume 3; a signal ends another.
import assert from 'node:assert/strict';
import { type Bar, Problem, type Skipped, tetra } from './tetra.ts';

const [, , url] = process.argv as [string, string, string];
const api = tetra({ url, pause: () => Promise.resolve() });
const symbols = ['L0', 'L1', 'NONE'];

for await (const event of api.streamBars({ symbols, fields: ['symbol', 'volume'] })) {
  console.log(JSON.stringify(event));
  if (event.event === 'bar') {
    const volume: number | null = event.data.volume;
    // @ts-expect-error -- it was not asked for
    assert.equal(event.data.close, undefined);
    if (volume === 3) break;
  }
}

const ends = new AbortController();
const reason = new Error('enough');
const exact = tetra({ url, exact: true });
let bar: Bar<string> | Skipped | undefined;
await assert.rejects(async () => {
  for await (const { event, data } of exact.streamBars({ symbols }, { signal: ends.signal })) {
    if (event !== 'bar') continue;
    bar = data;
    ends.abort(reason);
  }
}, reason);
const unknown = async (): Promise<void> => {
  for await (const event of api.streamBars({ symbols: ['NONE'] })) console.log(event);
};
await assert.rejects(unknown, (error) => error instanceof Problem && error.code === 'symbol_not_found');
console.log(JSON.stringify({ close: (bar as Bar<string>).close }));
