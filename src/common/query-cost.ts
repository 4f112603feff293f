import type { ApolloServerPlugin } from '@apollo/server';
import { type DocumentNode, getNamedType, getVariableValues, GraphQLError, isLeafType, visit } from 'graphql';
import { type ComplexityEstimator, getComplexity } from 'graphql-query-complexity';
import { ApiError } from './errors.js';
import { LIMITS } from './limits.js';

/** So many columns cost as much as a row: asking for one column under a thousand names is not free. */
const COLUMNS_PER_ROW = 20;

const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/** The cost of a field is the rows it may make the database read: its page size times what each row asks further. */
const rows: ComplexityEstimator = ({ field, args, childComplexity }) => {
  if (isLeafType(getNamedType(field.type))) return 1 / COLUMNS_PER_ROW;
  const { first, symbols } = args as { first?: unknown; symbols?: unknown };
  const count = typeof first === 'number' ? Math.max(first, 1) : Array.isArray(symbols) ? symbols.length : 1;
  return 1 + count * Math.max(childComplexity, 1);
};

/** Costs that are remembered of one document. */
const COSTS_KEPT = 50;
const costs = new WeakMap<DocumentNode, Map<string, number>>();

/** What a document was found to cost, for each kind of variables; Apollo keeps documents that come again. */
function costsOf(document: DocumentNode): Map<string, number> {
  let known = costs.get(document);
  if (!known) costs.set(document, (known = new Map()));
  return known;
}

/** Refuses an operation that costs too much before any statement runs; variables and defaults count as literals do. */
export const queryCost: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async didResolveOperation({ schema, document, operation, request }) {
        const known = costsOf(document);
        // Texts cost nothing, so operations that differ in them only cost the same.
        const shape = JSON.stringify(request.variables ?? {}, (_, value: unknown) =>
          typeof value === 'string' ? '' : value,
        );
        const key = `${request.operationName ?? ''} ${shape}`;
        let cost = known.get(key);
        if (cost === undefined) {
          const aliases = aliasesIn(document);
          if (aliases > LIMITS.queryAliases) {
            refuse(`The operation has ${aliases} aliases; at most ${LIMITS.queryAliases} are allowed.`);
          }
          // The execution refuses them before it begins, with Apollo's code for what a client sent.
          const definitions = operation?.variableDefinitions ?? [];
          if (getVariableValues(schema, definitions, request.variables ?? {}, { maxErrors: 1 }).errors) return;
          cost = Math.ceil(
            getComplexity({
              schema,
              query: document,
              variables: request.variables,
              operationName: request.operationName,
              estimators: [rows],
            }),
          );
          if (known.size < COSTS_KEPT && key.length < 1000) known.set(key, cost);
        }
        if (cost <= LIMITS.queryCost) return;
        refuse(`The operation may read ${cost} rows; at most ${LIMITS.queryCost} are allowed.`);
      },
    };
  },
};

/**
 * Refuses a document that is too long or nested too deeply by a look at its characters: to parse it first would cost a
 * hundred times as much. Brackets in strings count too; no document in use comes near the limit.
 * @throws GraphQLError with status 400
 */
export function refuseMonster(body: unknown): void {
  const { query } = (body ?? {}) as { query?: unknown };
  if (typeof query !== 'string') return;
  if (query.length > LIMITS.queryLength) {
    refuse(`The document has ${query.length} characters; at most ${LIMITS.queryLength} are allowed.`);
  }
  let depth = 0;
  for (let i = 0; i < query.length; i++) {
    const at = query.charCodeAt(i);
    if (at === OPEN_BRACE || at === OPEN_BRACKET) depth += 1;
    else if (at === CLOSE_BRACE || at === CLOSE_BRACKET) depth -= 1;
    if (depth > LIMITS.queryDepth) refuse(`The document is nested more than ${LIMITS.queryDepth} levels deep.`);
  }
}

function aliasesIn(document: DocumentNode): number {
  let count = 0;
  visit(document, { Field: ({ alias }) => void (count += alias ? 1 : 0) });
  return count;
}

function refuse(detail: string): never {
  const refused = new ApiError('query_too_complex', detail, {
    hint: 'Ask for fewer rows with first, or split the operation.',
  });
  throw new GraphQLError(refused.message, { originalError: refused, extensions: { http: { status: 400 } } });
}
