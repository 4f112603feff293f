// The SDK's own client: what it is told of the server, and what it gets for a question.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { countTokens } from 'gpt-tokenizer';

const client = new Client({ name: 'test', version: '0' });
await client.connect(new StreamableHTTPClientTransport(new URL(`${process.argv[2]}/mcp`)));
const { tools } = await client.listTools();
const { content, isError = false } = await client.callTool({
  name: 'compare_symbols',
  arguments: { symbols: ['AAPL', 'MSFT', 'JPM', 'KO', 'SPY'], start: '2018-04-18', end: '2020-04-17' },
});
const wrong = await client.callTool({ name: 'price_history', arguments: { symbol: 'AAPX' } });
await client.close();
const [{ text }] = content;
console.log(
  JSON.stringify({
    server: client.getServerVersion().name,
    tools: tools.length,
    descriptionTokens: countTokens(JSON.stringify(tools)),
    isError,
    bytes: Buffer.byteLength(text),
    answerTokens: countTokens(text),
    symbols: JSON.parse(text).summary.map(({ symbol }) => symbol),
    wrong: wrong.isError,
  }),
);
