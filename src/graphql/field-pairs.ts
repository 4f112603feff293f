import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { LIMITS } from '../base/limits.js';
import { refuse } from './document-size.js';

/** Documents that were found cheap to validate; they come again and again. */
const CHEAP = new Set<string>();
const MAX_CHEAP = 500;
/** Pairs of fields that take as long to compare as a pair of fragments: 3 µs against some 0.3. */
const FIELD_PAIRS_PER_FRAGMENT_PAIR = 10;

/**
 * Refuses a document whose validation would take too long: GraphQL compares every two fields of the same name in the
 * same place, and every two fragments that are spread there (GraphQL, 5.3.2), so that a few kilobytes of the same field
 * take a second. What is no document at all is left to the parser.
 * @throws GraphQLError query_too_complex, with status 400
 */
export function refuseRepeated(query: unknown): void {
  if (typeof query !== 'string' || CHEAP.has(query)) return;
  const document = parsed(query);
  if (!document) return;
  const pairs = new FieldPairs(document);
  const operations = document.definitions.filter((node): node is OperationDefinitionNode => 'operation' in node);
  const sets = [...operations, ...pairs.fragments.values()].map(({ selectionSet }) => selectionSet);
  if (sets.some((set) => pairs.add([set]) > LIMITS.queryFieldPairs)) {
    refuse(
      'The document repeats fields or fragments too often in one place.',
      'query_too_complex',
      'Select a field once, and spread fewer fragments.',
    );
  }
  if (CHEAP.size >= MAX_CHEAP) CHEAP.clear();
  CHEAP.add(query);
}

function parsed(query: string): DocumentNode | null {
  try {
    return parse(query, { noLocation: true, maxTokens: LIMITS.queryTokens });
  } catch {
    return null;
  }
}

/** Counts the comparisons that validation makes, or as many as are too many. */
class FieldPairs {
  readonly fragments = new Map<string, FragmentDefinitionNode>();
  #count = 0;

  constructor({ definitions }: DocumentNode) {
    for (const node of definitions)
      if (node.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(node.name.value, node);
  }

  /** Adds those of some selections in one place, and of what is selected below; returns all so far. */
  add(sets: readonly SelectionSetNode[], depth = 0): number {
    // Fragments that spread each other are refused by the validation itself.
    if (depth > LIMITS.queryDepth) return this.#count;
    const fields = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    for (const set of sets) this.#collect(set, fields, spread);
    this.#count += (spread.size * (spread.size - 1) * FIELD_PAIRS_PER_FRAGMENT_PAIR) / 2;
    for (const same of fields.values()) {
      if (this.#count > LIMITS.queryFieldPairs) break;
      this.#count += (same.length * (same.length - 1)) / 2 + 1;
      const below = same.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (below.length > 0) this.add(below, depth + 1);
    }
    return this.#count;
  }

  #collect({ selections }: SelectionSetNode, fields: Map<string, FieldNode[]>, spread: Set<string>): void {
    for (const node of selections) {
      if (node.kind === Kind.FIELD) {
        const name = (node.alias ?? node.name).value;
        const same = fields.get(name);
        if (same) same.push(node);
        else fields.set(name, [node]);
      } else if (node.kind === Kind.INLINE_FRAGMENT) this.#collect(node.selectionSet, fields, spread);
      else if (!spread.has(node.name.value)) {
        spread.add(node.name.value);
        const fragment = this.fragments.get(node.name.value);
        if (fragment) this.#collect(fragment.selectionSet, fields, spread);
      }
    }
  }
}
