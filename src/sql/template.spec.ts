import { expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { fromTemplate, placeholder } from './template.js';

it('a template keeps its text and places, not the tree that it was compiled from', () => {
  const ofColumns = (count: number): object => {
    const columns = Array.from({ length: count }, (_, at) => sql`${sql.ref(`a.c${at}`)} as ${sql.id(`c${at}`)}`);
    const make = (): ReturnType<typeof sql> => sql`select ${sql.join(columns)} where id = ${placeholder('id')}`;
    const { sql: text, parameters, ...kept } = fromTemplate(['columns', count], make, { id: count });
    expect([text, parameters]).toEqual([expect.stringContaining(`"c${count - 1}" where id = $1`), [count]]);
    return kept;
  };
  const sizes = [1, 100].map((count) => JSON.stringify(ofColumns(count)).length);
  expect(sizes[1]! - sizes[0]!).toBeLessThan(10);
});
