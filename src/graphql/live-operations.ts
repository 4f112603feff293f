import {
  createSourceEventStream,
  execute,
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  type GraphQLSchema,
  OperationTypeNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { ApiError } from '../base/errors.js';
import { LIMITS } from '../base/limits.js';
import type { Numbers } from '../sql/format.js';
import { GraphqlAnswer } from './answer.js';
import { refuseOperation } from './cost.js';
import { refusal, refuseOversized } from './document-size.js';
import { formatError } from './errors.js';
import { selectsAny } from './estimate.js';
import { refuseRepeated } from './field-pairs.js';
import type { GraphqlContext } from './loaders.js';

/** What a client asks to be told of. */
export interface AskedOperation {
  readonly query?: unknown;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

/** An error as it is sent. */
export function sentError(thrown: unknown): GraphQLError {
  const error =
    thrown instanceof GraphQLError ? thrown : new GraphQLError(String(thrown), { originalError: thrown as Error });
  const { message, extensions } = formatError(error.toJSON(), error);
  return new GraphQLError(message, { extensions: extensions ?? null, path: error.path ?? null });
}

/** A result as it is sent. */
export function sentResult(result: ExecutionResult): ExecutionResult {
  return result.errors ? { ...result, errors: result.errors.map(sentError) } : result;
}

/**
 * A subscription, checked as queries are, or what is wrong with it. Queries have a path of their own, where they are
 * answered with tags and compressed.
 */
export function prepareSubscription(
  schema: GraphQLSchema,
  { query, operationName, variables }: AskedOperation,
): ExecutionArgs | [GraphQLError, ...GraphQLError[]] {
  try {
    if (typeof query !== 'string') throw refusal(new ApiError('invalid_query', 'There is no query.'));
    refuseOversized({ query, variables });
    refuseRepeated(query);
    const document = parse(query, { maxTokens: LIMITS.queryTokens });
    const [first, ...others] = validate(schema, document, specifiedRules, { maxErrors: 10 });
    if (first) return [sentInvalid(first), ...others.map(sentInvalid)];
    const operation = getOperationAST(document, operationName);
    if (!operation) throw refusal(new ApiError('invalid_query', 'There is no such operation in the document.'));
    if (operation.operation !== OperationTypeNode.SUBSCRIPTION) {
      const hint = 'Send queries to /graphql by POST or GET.';
      throw refusal(new ApiError('invalid_query', 'Only subscriptions are answered here.', { hint }));
    }
    const values = variables ?? {};
    const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], values, {
      maxErrors: 1,
    });
    if (!coerced) return [sentInvalid(errors[0]!)];
    // The execution would look for its field.
    if (!selectsAny(schema, document, operation, coerced))
      throw refusal(new ApiError('invalid_query', 'The subscription leaves its field out by @skip or @include.'));
    refuseOperation(schema, document, operation, coerced);
    return { schema, document, operationName: operationName ?? null, variableValues: values };
  } catch (error) {
    return [error instanceof GraphQLError && !error.originalError ? sentInvalid(error) : sentError(error)];
  }
}

/** What the client's own document has wrong. */
function sentInvalid({ message }: GraphQLError): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'invalid_query' } });
}

/** Subscribes; each event is an answer of its own, with limits of its own. */
export async function subscribeTo(
  args: ExecutionArgs,
  numbers: Numbers,
): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>> {
  const context = (): GraphqlContext => ({ loaders: new Map(), answer: new GraphqlAnswer(numbers) });
  const source = await createSourceEventStream({ ...args, contextValue: context() });
  if (!(Symbol.asyncIterator in source)) return sentResult(source);
  const events = source[Symbol.asyncIterator]();
  const answerTo = async (rootValue: unknown): Promise<ExecutionResult> => {
    const contextValue = context();
    try {
      return sentResult(await execute({ ...args, rootValue, contextValue }));
    } finally {
      contextValue.answer.release();
    }
  };
  // No generator: it would only end when the next event has come.
  const answers: AsyncIterableIterator<ExecutionResult> = {
    [Symbol.asyncIterator]: () => answers,
    async next() {
      try {
        const event = await events.next();
        return event.done ? { done: true, value: undefined } : { done: false, value: await answerTo(event.value) };
      } catch (error) {
        return { done: false, value: { errors: [sentError(error)] } };
      }
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
    // Libraries take for a generator only what has it.
    async throw(error) {
      await events.return?.();
      throw error;
    },
  };
  return answers;
}
