// Apollo Client: its normalised cache and its own pagination for Relay's connections.
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import assert from 'node:assert/strict';

const [, , url] = process.argv;
const warnings = [];
for (const level of ['warn', 'error']) console[level] = (...words) => warnings.push(words.join(' '));
const client = new ApolloClient({
  link: new HttpLink({ uri: `${url}/graphql`, fetch, useGETForQueries: true }),
  cache: new InMemoryCache({
    typePolicies: { Symbol: { fields: { daily: relayStylePagination(['start', 'end', 'sort']) } } },
  }),
});
const query = gql`
  query Days($after: String) {
    symbol(symbol: "^GSPC") {
      id
      daily(start: "2019-01-01", end: "2019-01-31", first: 10, after: $after) {
        edges {
          cursor
          node {
            day
            close
          }
        }
        pageInfo {
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
      }
    }
  }
`;
const seen = [];
const watched = client.watchQuery({ query });
const subscription = watched.subscribe(({ data }) => data?.symbol && seen.push(data.symbol.daily.edges.length));
await watched.result?.();
let { data } = await client.query({ query });
while (data.symbol.daily.pageInfo.hasNextPage) {
  await watched.fetchMore({ variables: { after: data.symbol.daily.pageInfo.endCursor } });
  data = client.readQuery({ query });
}
subscription.unsubscribe();
const days = data.symbol.daily.edges.map(({ node }) => node.day);
assert.equal(days.length, 21);
assert.equal(new Set(days).size, 21);
// Another query that selects other fields of the same symbol must not lose these.
await client.query({
  query: gql`
    {
      symbol(symbol: "^GSPC") {
        id
        lastDay
      }
    }
  `,
});
assert.equal(client.readQuery({ query }).symbol.daily.edges.length, 21);
assert.deepEqual(warnings, []);
client.stop();
console.log(JSON.stringify({ days: days.length }));
