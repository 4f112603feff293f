import type { ApolloServerPlugin } from '@apollo/server';
import {
  type DocumentNode,
  getVariableValues,
  type GraphQLSchema,
  type OperationDefinitionNode,
  print,
  visit,
} from 'graphql';
import { LIMITS } from '../base/limits.js';
import { type Cost, costOf } from './estimate.js';
import { refuse } from './document-size.js';

/** Costs that are remembered of one document. */
const MAX_COSTS = 50;
const costs = new WeakMap<DocumentNode, Map<string, Cost>>();

/** What a document was found to cost, for each kind of variables; Apollo keeps documents that come again. */
function costsOf(document: DocumentNode): Map<string, Cost> {
  let known = costs.get(document);
  if (!known) costs.set(document, (known = new Map<string, Cost>()));
  return known;
}

/** Types of the texts, such as names, that decide no cost. */
const FREE_TEXTS = ['String', 'ID'];

/** What of the variables decides a cost: of lists their length, of texts those that are times or enum values. */
function shapeOf({ variableDefinitions = [] }: OperationDefinitionNode, variables: Record<string, unknown>): string {
  const free = new Set(
    variableDefinitions
      .filter(({ type }) => FREE_TEXTS.includes(print(type).replace('!', '')))
      .map(({ variable }) => variable.name.value),
  );
  return JSON.stringify(
    Object.entries(variables).map(([name, value]) => {
      if (Array.isArray(value)) return [name, value.length];
      return typeof value === 'string' && free.has(name) ? name : [name, value];
    }),
  );
}

/** Refuses an operation that costs too much before any statement runs; variables and defaults count as literals do. */
export const queryCost: ApolloServerPlugin = {
  async requestDidStart({ request }) {
    // What a form leaves empty was not given.
    if (request.operationName === '') delete request.operationName;
    return {
      async didResolveOperation({ schema, document, operation }) {
        // The execution says which operation there is not.
        if (!operation || !schema.getRootType(operation.operation)) return;
        const variables = request.variables ?? {};
        const known = costsOf(document);
        const key = `${request.operationName ?? ''} ${shapeOf(operation, variables)}`;
        let cost = known.get(key);
        if (cost === undefined) {
          refuseAliases(document);
          const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, {
            maxErrors: 1,
          });
          // The execution refuses them before it begins, with Apollo's code for what a client sent.
          if (!coerced) return;
          cost = costOf(schema, document, operation, coerced);
          if (known.size >= MAX_COSTS) known.clear();
          if (key.length < 1000) known.set(key, cost);
        }
        refuseCostly(cost);
      },
    };
  },
};

/** Refuses an operation that costs too much, given its variables as they were read. */
export function refuseOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): void {
  refuseAliases(document);
  refuseCostly(costOf(schema, document, operation, variables));
}

function refuseAliases(document: DocumentNode): void {
  const aliases = aliasesIn(document);
  if (aliases <= LIMITS.queryAliases) return;
  refuse(`The operation has ${aliases} aliases; at most ${LIMITS.queryAliases} are allowed.`);
}

function refuseCostly({ rows, values, bytes }: Cost): void {
  if (rows > LIMITS.queryCost) {
    refuse(`The operation may read ${Math.ceil(rows)} rows; at most ${LIMITS.queryCost} are allowed.`);
  }
  if (values > LIMITS.answerValues) {
    refuse(`The answer may have ${Math.ceil(values)} values; at most ${LIMITS.answerValues} are allowed.`);
  }
  if (bytes > LIMITS.answerBytes) {
    refuse(`The answer may have ${Math.ceil(bytes)} bytes; at most ${LIMITS.answerBytes} are allowed.`);
  }
}

function aliasesIn(document: DocumentNode): number {
  let count = 0;
  visit(document, { Field: ({ alias }) => void (count += alias ? 1 : 0) });
  return count;
}
