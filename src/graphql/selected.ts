import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import type { Selection } from '../lists/selection.js';
import { columnsOf } from '../contract/wire.js';
import type { GraphqlContext } from './loaders.js';
import { selectionOf } from './raw-lists.js';

/**
 * The parameter of a resolver that says what the operation selects of the page that it yields, see {@link selectionOf}.
 * @param model    the rows of the page
 * @param key      names of the columns that cursors are made of
 * @param without  names of the columns that have a resolver of their own
 */
export function Selected(
  model: abstract new () => object,
  key: readonly string[] = [],
  without: readonly string[] = [],
): ParameterDecorator {
  const columns = columnsOf(model).filter(({ name }) => !without.includes(name));
  return createParamDecorator((_: unknown, context: ExecutionContext): Selection => {
    const graphql = GqlExecutionContext.create(context);
    const { answer } = graphql.getContext<GraphqlContext>();
    return selectionOf(graphql.getInfo<GraphQLResolveInfo>(), columns, key, answer.numbers);
  })();
}
