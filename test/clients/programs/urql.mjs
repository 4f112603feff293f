// urql with its defaults, which send queries by GET, and with its normalised cache.
import { cacheExchange } from '@urql/exchange-graphcache';
import { Client, fetchExchange, gql } from '@urql/core';
import assert from 'node:assert/strict';

const [, , url] = process.argv;
const methods = [];
const warnings = [];
console.warn = (...words) => warnings.push(words.join(' '));
console.error = console.warn;
const client = new Client({
  url: `${url}/graphql`,
  exchanges: [
    cacheExchange({
      // Rows of a list belong to it alone; an object with an id is one thing wherever it is met.
      keys: new Proxy(
        {},
        { get: (_, type) => (/^(Symbol|EconomicSeries|Article|Event)$/.test(type) ? undefined : () => null) },
      ),
    }),
    fetchExchange,
  ],
  fetch: (input, init) => {
    methods.push(init?.method ?? 'GET');
    return fetch(input, init);
  },
});
const query = gql`
  query Board($symbol: String!) {
    symbol(symbol: $symbol) {
      id
      symbol
      firstDay
      daily(start: "2019-01-02", end: "2019-01-04") {
        nodes {
          day
          close
        }
      }
    }
  }
`;
const first = await client.query(query, { symbol: '^GSPC' }).toPromise();
assert.equal(first.error, undefined);
assert.equal(first.data.symbol.daily.nodes.length, 3);
const lastDay = gql`
  query Last($symbol: String!) {
    symbol(symbol: $symbol) {
      id
      lastDay
    }
  }
`;
assert.equal((await client.query(lastDay, { symbol: '^GSPC' }).toPromise()).error, undefined);
const again = await client.query(query, { symbol: '^GSPC' }, { requestPolicy: 'cache-only' }).toPromise();
assert.deepEqual(again.data, first.data);
assert.deepEqual(warnings, []);
console.log(JSON.stringify({ methods, close: first.data.symbol.daily.nodes[0].close }));
