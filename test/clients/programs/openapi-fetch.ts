// openapi-fetch over the types that openapi-typescript made of the document; compiled before it runs.
import createClient from 'openapi-fetch';
import assert from 'node:assert/strict';
import type { paths } from './schema.ts';

const client = createClient<paths, 'application/json' | 'application/problem+json'>({ baseUrl: process.argv[2]! });
// It sends lists as repeated parameters.
const latest = await client.GET('/v1/market-data/latest', {
  params: { query: { symbols: ['^GSPC', 'AAPL', 'NOPE'] } },
});
assert.equal(latest.error, undefined);
const bars = latest.data!.data;
assert(Array.isArray(bars));
assert.deepEqual(
  bars.map((bar) => bar.symbol),
  ['^GSPC', 'AAPL'],
);
assert.deepEqual(latest.data!.meta.unknown, ['NOPE']);
const daily = await client.GET('/v1/market-data/daily/{symbol}', {
  params: { path: { symbol: '^GSPC' }, query: { start: '2019-01-02', end: '2019-01-04' } },
});
assert.equal(daily.error, undefined);
assert.equal(typeof daily.data!.meta.freshness.history_complete, 'boolean');
assert.equal(daily.data!.next_page_token, null);
const wrong = await client.GET('/v1/market-data/daily/{symbol}', { params: { path: { symbol: 'NOPE' } } });
assert.equal(wrong.error!.code, 'symbol_not_found');
console.log(JSON.stringify({ bars: bars.length }));
