import DataLoader from 'dataloader';
import type { GraphqlAnswer } from './answer.js';
import { turn } from '../base/turns.js';

/** What the resolvers of one GraphQL request share. */
export interface GraphqlContext {
  readonly loaders: Map<string, DataLoader<unknown, unknown>>;
  readonly answer: GraphqlAnswer;
}

/**
 * Loads for one of many parents: every parent that asks for the same field with the same arguments in one tick is
 * answered by one call, so fifty symbols cost one statement and not fifty.
 *
 * @param field  names the field and its arguments
 * @param all    answers every key at once, in the order of the keys
 */
export function loadOne<Key, Value>(
  context: GraphqlContext,
  field: readonly unknown[],
  key: Key,
  all: (keys: readonly Key[]) => Promise<readonly Value[]>,
): Promise<Value> {
  const name = JSON.stringify(field);
  let loader = context.loaders.get(name) as DataLoader<Key, Value> | undefined;
  if (!loader) {
    loader = new DataLoader<Key, Value>(all, { maxBatchSize: 1000 });
    context.loaders.set(name, loader);
  }
  return loader.load(key).then((value) => {
    // All of a batch come at once.
    const later = turn();
    return later ? later.then(() => value) : value;
  });
}

/**
 * The same for what may be large: where all of a batch is more than the answer has room for, the answer is refused.
 *
 * @param all  answers every key at once, in the order of the keys; null where that would have more than so many bytes
 */
export function loadWithin<Key, Value>(
  context: GraphqlContext,
  field: readonly unknown[],
  key: Key,
  all: (keys: readonly Key[], bytes: number) => Promise<readonly (Value | null)[] | null>,
): Promise<Value | null> {
  return loadOne(context, field, key, async (keys) => {
    const values = await all(keys, context.answer.room);
    if (values) return values;
    context.answer.refuseSize();
    return keys.map(() => null);
  });
}
