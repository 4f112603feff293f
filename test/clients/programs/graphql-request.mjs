// graphql-request, by POST and by GET.
import { gql, GraphQLClient } from 'graphql-request';
import assert from 'node:assert/strict';

const [, , url] = process.argv;
const query = gql`
  query Latest($symbols: [String!]!) {
    latest(symbols: $symbols) {
      symbol
      bar {
        close
      }
    }
  }
`;
const answers = [];
for (const method of ['POST', 'GET']) {
  const client = new GraphQLClient(`${url}/graphql`, { method, jsonSerializer: JSON });
  answers.push(await client.request(query, { symbols: ['^GSPC', 'NOPE'] }));
}
assert.deepEqual(answers[0], answers[1]);
assert.equal(answers[0].latest[1].bar, null);
console.log(JSON.stringify({ close: answers[0].latest[0].bar.close }));
