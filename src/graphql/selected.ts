import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import type { Selection } from '../lists/selection.js';
import type { Column } from '../sql/columns.js';
import type { GraphqlContext } from './loaders.js';
import { selectionOf } from './raw-lists.js';

/**
 * The parameter of a resolver that says what the operation selects of the page that it yields, see {@link selectionOf}.
 * @param key  names of the columns that cursors are made of
 */
export function Selected(columns: readonly Column[], key: readonly string[] = []): ParameterDecorator {
  return createParamDecorator((_: unknown, context: ExecutionContext): Selection => {
    const graphql = GqlExecutionContext.create(context);
    const { answer } = graphql.getContext<GraphqlContext>();
    return selectionOf(graphql.getInfo<GraphQLResolveInfo>(), columns, key, answer.numbers);
  })();
}
