import type { ApolloServerPlugin } from '@apollo/server';
import { currentRequest } from '../base/request.js';
import type { Tracing } from '../base/tracing.js';
import { ERRORS, type ErrorCode } from '../base/errors.js';

/** Makes a span of each GraphQL operation; the statements that it sends are part of it. */
export function tracedOperations(tracing: Tracing): ApolloServerPlugin {
  return {
    async requestDidStart() {
      const scope = currentRequest();
      const request = scope?.trace;
      if (!scope || !request) return;
      const span = tracing.operation(request);
      scope.trace = span;
      return {
        async didResolveOperation({ operation, operationName }) {
          if (operation) span.resolved(operation.operation, operationName);
        },
        async willSendResponse({ response: { body } }) {
          scope.trace = request;
          const errors = body.kind === 'single' ? (body.singleResult.errors ?? []) : [];
          const codes = errors.map(({ extensions }) => String(extensions?.code));
          span.end(codes.find(isOurs) ?? null);
        },
      };
    },
  };
}

/** Whether an error is the server's; a client's mistake is no failure of an operation. */
function isOurs(code: string): boolean {
  return !(code in ERRORS) || ERRORS[code as ErrorCode].status >= 500;
}
