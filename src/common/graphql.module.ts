import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import type { DynamicModule } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { GraphQLModule } from '@nestjs/graphql';
import { formatError } from './graphql-errors.js';
import { passedLists, passListsThrough, stringifyResult } from './graphql-passing.js';
import { graphiqlPage } from './graphiql.js';
import { LIMITS } from './limits.js';
import type { GraphqlContext } from './loaders.js';
import { queryCost, refuseMonster } from './query-cost.js';
import { tracedOperations } from './traced-operations.js';
import type { Tracing } from '../tracing/tracing.js';

/** GraphQL over HTTP at `/graphql`; a browser gets GraphiQL there. */
export function graphqlModule(tracing: Tracing | null = null): DynamicModule {
  return GraphQLModule.forRoot<ApolloDriverConfig>({
    driver: ApolloDriver,
    path: '/graphql',
    autoSchemaFile: true,
    sortSchema: true,
    graphiql: false,
    introspection: true,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    // A cache that clients fill is one more thing to bound; documents are short.
    persistedQueries: false,
    // Counts fragments where they are spread: the cost below would take as long to work out as to run.
    maxRecursiveSelections: LIMITS.querySelections,
    executionOptions: { maxCoercionErrors: 10 },
    includeStacktraceInErrorResponses: false,
    preserveHttpStatusForExecutionErrors: false,
    stopOnApplicationShutdown: true,
    parseOptions: { maxTokens: LIMITS.queryTokens },
    context: ({ body }: FastifyRequest): GraphqlContext => {
      refuseMonster(body);
      return { loaders: new Map(), passed: [] };
    },
    formatError,
    transformSchema: passListsThrough,
    stringifyResult,
    // Without it no resolver is wrapped to collect cache hints that nothing here gives.
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      graphiqlPage,
      queryCost,
      passedLists,
      ...(tracing ? [tracedOperations(tracing)] : []),
    ],
  });
}
