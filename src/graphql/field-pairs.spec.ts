import { expect, it } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { refuseRepeated } from './field-pairs.js';

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `F${i}`);
const spreads = (count: number): string =>
  names(count)
    .map((name) => `...${name}`)
    .join(' ');
const fragments = (count: number, body: string): string =>
  names(count)
    .map((name) => `fragment ${name} on Query { ${body} }`)
    .join(' ');

it.each([
  ['the introspection of tools', getIntrospectionQuery()],
  ['a field that is repeated', `{ ${'catalog { asOf } '.repeat(20)} }`],
  [
    'a hundred aliases',
    `{ ${names(100)
      .map((name) => `${name}: catalog { asOf }`)
      .join(' ')} }`,
  ],
  ['a hundred fragments', `{ ${spreads(100)} } ${fragments(100, '__typename')}`],
  ['fragments that spread each other', '{ ...F0 } fragment F0 on Query { ...F1 } fragment F1 on Query { ...F0 }'],
  ['what is no document', '{ {'],
  ['nothing', undefined],
])('%s passes', (_, query) => {
  expect(() => refuseRepeated(query)).not.toThrow();
});

it.each([
  ['hundreds of fragments', `{ ${spreads(440)} } ${fragments(440, '__typename')}`],
  ['hundreds of the same field', `{ ${'catalog { asOf asOf } '.repeat(240)} }`],
  ['the same below the same', `{ ${'symbol { daily { nodes { day } } } '.repeat(250)} }`],
  [
    'fragments that spread themselves twice, level by level',
    '{ a { ...F0 } } fragment F0 on A { a { ...F0 } b { ...F0 } }',
  ],
  ['the same in many fragments', `{ ${spreads(60)} } ${fragments(60, 'catalog { asOf } '.repeat(10))}`],
])('%s are too many', (_, query) => {
  const refusal = (): unknown => {
    try {
      refuseRepeated(query);
      return null;
    } catch (error) {
      return error;
    }
  };
  const refused = { extensions: { http: { status: 400 } }, originalError: { code: 'query_too_complex' } };
  expect(refusal()).toMatchObject(refused);
  // What was refused once is not taken for cheap.
  expect(refusal()).toMatchObject(refused);
});
