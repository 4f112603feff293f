import type { ApolloServerPlugin } from '@apollo/server';
import type { FastifyInstance } from 'fastify';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const at = (pkg: string, file: string): string => join(dirname(require.resolve(`${pkg}/package.json`)), file);

/** GraphiQL's own builds out of node_modules: nothing is loaded from another host. */
const ASSETS: Record<string, [file: string, type: string]> = {
  'react.js': [at('react', 'umd/react.production.min.js'), 'text/javascript'],
  'react-dom.js': [at('react-dom', 'umd/react-dom.production.min.js'), 'text/javascript'],
  'graphiql.js': [at('graphiql', 'graphiql.min.js'), 'text/javascript'],
  'graphql-sse.js': [at('graphql-sse', 'umd/graphql-sse.min.js'), 'text/javascript'],
  'graphiql.css': [at('graphiql', 'graphiql.min.css'), 'text/css'],
  'start.js': ['', 'text/javascript'],
};

/**
 * Subscriptions are sent to `/graphql/stream` with the headers of the request. A refusal is shown as it is; a
 * connection that is lost is made again by graphql-sse.
 */
const START = `const fetcher = GraphiQL.createFetcher({ url: '/graphql' });
const first = '{\\n  latest(symbols: ["^GSPC", "AAPL"]) {\\n    symbol\\n    bar { timestamp close volume }\\n  }\\n}\\n';
const live = \`subscription Live {
  latestUpdated(symbols: ["^GSPC", "AAPL"]) {
    bar { symbol timestamp close volume }
    skipped { symbols reason }
    staleSince
  }
}
\`;

function subscribe(request, headers) {
  let refusal = null;
  const client = graphqlSse.createClient({
    url: '/graphql/stream',
    headers,
    fetchFn: async (...asked) => {
      const answer = await fetch(...asked);
      refusal = answer.ok || answer.status >= 500 ? null : await answer.json();
      return answer;
    },
    retry: async (times) => {
      if (refusal) throw refusal;
      await new Promise((resolve) => setTimeout(resolve, Math.min(1000 * 2 ** times, 30000)));
    },
    retryAttempts: Infinity,
  });
  return client.iterate(request);
}

function fetchOrSubscribe(request, options) {
  const operations = (options?.documentAST?.definitions ?? []).filter(({ kind }) => kind === 'OperationDefinition');
  const { operationName: name } = request;
  const asked = name ? operations.find((one) => one.name?.value === name) : operations[0];
  return asked?.operation === 'subscription' ? subscribe(request, options.headers) : fetcher(request, options);
}

ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, {
    fetcher: fetchOrSubscribe,
    defaultQuery: first,
    defaultTabs: [{ query: first }, { query: live }],
    shouldPersistHeaders: false,
  }),
);
`;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Tetra GraphiQL</title>
<link rel="stylesheet" href="/graphiql/graphiql.css">
<style>body { margin: 0 } #graphiql { height: 100vh }</style>
</head>
<body>
<div id="graphiql">Loading…</div>
<script src="/graphiql/react.js"></script>
<script src="/graphiql/react-dom.js"></script>
<script src="/graphiql/graphiql.js"></script>
<script src="/graphiql/graphql-sse.js"></script>
<script src="/graphiql/start.js"></script>
</body>
</html>`;

/** Serves the scripts and the style sheet that the GraphiQL page loads. */
export function serveGraphiqlAssets(http: FastifyInstance): void {
  for (const [name, [file, type]] of Object.entries(ASSETS)) {
    http.get(`/graphiql/${name}`, async (_request, reply) => {
      const text = file ? await readFile(file) : START;
      return reply.header('cache-control', 'public, max-age=86400').type(`${type}; charset=utf-8`).send(text);
    });
  }
}

/** What a browser gets at `/graphql`. */
export const graphiqlPage: ApolloServerPlugin = {
  async serverWillStart() {
    return {
      async renderLandingPage() {
        return { html: PAGE };
      },
    };
  },
};
