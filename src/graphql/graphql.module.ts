import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import type { DynamicModule } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { formatError } from './errors.js';
import { completeFields } from './fields.js';
import { contextOf, finishAnswer } from './http.js';
import { stringifyResult } from './raw-lists.js';
import { graphiqlPage } from './graphiql.js';
import { LIMITS } from '../base/limits.js';
import { queryCost } from './cost.js';
import { sampleMark } from './sample-mark.js';
import { tracedOperations } from './operation-spans.js';
import type { Tracing } from '../base/tracing.js';

/** GraphQL over HTTP at `/graphql`; a browser gets GraphiQL there. */
export function graphqlModule(tracing: Tracing | null = null, sample = false): DynamicModule {
  return GraphQLModule.forRoot<ApolloDriverConfig>({
    driver: ApolloDriver,
    path: '/graphql',
    autoSchemaFile: true,
    sortSchema: true,
    graphiql: false,
    introspection: true,
    allowBatchedHttpRequests: false,
    // Nothing here changes anything and no cookie is read, so a plain GET is as good as any; see contextOf for POST.
    csrfPrevention: false,
    // A cache that clients fill is one more thing to bound; documents are short.
    persistedQueries: false,
    // Counts fragments where they are spread: the cost below would take as long to work out as to run.
    maxRecursiveSelections: LIMITS.querySelections,
    executionOptions: { maxCoercionErrors: 10 },
    includeStacktraceInErrorResponses: false,
    preserveHttpStatusForExecutionErrors: false,
    stopOnApplicationShutdown: true,
    parseOptions: { maxTokens: LIMITS.queryTokens },
    context: contextOf,
    formatError,
    transformSchema: completeFields,
    stringifyResult,
    // Without it no resolver is wrapped to collect cache hints that nothing here gives.
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      graphiqlPage,
      queryCost,
      ...(sample ? [sampleMark] : []),
      finishAnswer,
      ...(tracing ? [tracedOperations(tracing)] : []),
    ],
  });
}
