/** A text that depends on a number, several times. */
export const times = (n: number, text: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => text(i)).join(' ');

const FANOUT = `{ symbol(symbol: "AAPL") { ...f0 } } ${times(
  30,
  (i) => `fragment f${i} on Symbol { ...f${i + 1} ...f${i + 1} }`,
)} fragment f30 on Symbol { symbol }`;
const DEAR = 'symbols(first: 1000) { nodes { daily(first: 1000) { nodes { close } } } }';

/** Documents that are refused: by what, and with which of our codes where it is one of several. */
export const CORPUS: [what: string, query: string, code?: string, variables?: unknown][] = [
  ['depth 10,000', `{ ${'a {'.repeat(10_000)} b ${'}'.repeat(10_000)} }`, 'query_too_complex'],
  ['depth 200', `{ ${'a {'.repeat(200)} b ${'}'.repeat(200)} }`, 'query_too_complex'],
  ['a list literal 20,000 deep', `{ latest(symbols: ${'['.repeat(20_000)}1${']'.repeat(20_000)}) { symbol } }`],
  ['an object literal 5,000 deep', `{ latest(symbols: ${'{a:'.repeat(5000)}1${'}'.repeat(5000)}) { symbol } }`],
  ['101 aliases', `{ ${times(101, (i) => `a${i}: __typename`)} }`, 'query_too_complex'],
  ['101 aliases of the dearest field', `{ ${times(101, (i) => `a${i}: ${DEAR}`)} }`],
  ['10,000 aliases', `{ ${times(10_000, (i) => `a${i}: __typename`)} }`],
  ['4,000 times one field', `{ catalog { ${'x '.repeat(4000)} } }`],
  ['fragments that double 30 times', FANOUT, 'query_too_complex'],
  ['a circular fragment', '{ catalog { ...a } } fragment a on Catalog { ...a }', 'invalid_query'],
  [
    'fragments in a circle of three',
    '{ catalog { ...a } } fragment a on Catalog { ...b } fragment b on Catalog { ...c } fragment c on Catalog { ...a }',
    'invalid_query',
  ],
  ['5,000 directives', `{ __typename ${'@include(if: true) '.repeat(5000)} }`],
  ['5,000 unknown directives', `{ __typename ${'@aa '.repeat(5000)} }`],
  [
    'inline fragments 200 × 20',
    `{ ${times(200, () => `... { ${'...{ '.repeat(20)} __typename ${'}'.repeat(20)} }`)} }`,
  ],
  ['too dear by literals', `{ ${DEAR} }`, 'query_too_complex'],
  ['too dear by defaults', '{ symbols(first: 1000) { nodes { daily { nodes { close } } } } }', 'query_too_complex'],
  ['introspection in depth', `{ __schema { types { ${'fields { type { '.repeat(12)} name ${'} }'.repeat(12)} } } }`],
  ['a mutation', 'mutation { __typename }', 'invalid_query'],
  ['a subscription', 'subscription { __typename }', 'invalid_query'],
  ['an unknown field', '{ symbolz { x } }', 'invalid_query'],
  ['an empty document', '', 'invalid_query'],
  ['only a comment', '# nothing', 'invalid_query'],
  ['only white space', ' '.repeat(30_000), 'invalid_query'],
  ['100 kB of white space', ' '.repeat(100_000), 'query_too_complex'],
  ['two operations without a name', 'query a { __typename } query b { __typename }', 'invalid_query'],
  ['@defer', '{ ... @defer { catalog { __typename } } }', 'invalid_query'],
  ['@stream', '{ symbols { nodes @stream { symbol } } }', 'invalid_query'],
  ['a limit above the maximum', '{ symbols(first: 100000) { nodes { symbol } } }'],
  ['a NUL byte', '{ symbol(symbol: "a\\u0000b") { symbol } }', 'invalid_parameter'],
  ['a lone surrogate', '{ symbol(symbol: "\\ud800") { symbol } }'],
  ['a date that is none', '{ symbol(symbol: "AAPL") { daily(start: "2025-02-30") { nodes { day } } } }'],
  [
    '10,000 wrong variables',
    'query ($s: [String!]!) { latest(symbols: $s) { symbol } }',
    'limit_exceeded',
    { s: Array.from({ length: 10_000 }, () => ({})) },
  ],
  [
    '1,000 wrong variables',
    'query ($s: [String!]!) { latest(symbols: $s) { symbol } }',
    'invalid_parameter',
    { s: Array.from({ length: 1000 }, () => ({})) },
  ],
  ['variables 5,000 deep', '{ __typename }', 'query_too_complex', `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`],
  [
    '90 aliases that share 55,000 items',
    `query ($s: [String!]!) { ${times(90, (i) => `a${i}: latest(symbols: $s) { symbol }`)} }`,
    'limit_exceeded',
    { s: Array.from({ length: 55_000 }, () => 'A') },
  ],
  [
    '90 aliases that share 1,000 items',
    `query ($s: [String!]!) { ${times(90, (i) => `a${i}: latest(symbols: $s) { symbol }`)} }`,
    'query_too_complex',
    { s: Array.from({ length: 1000 }, () => 'A') },
  ],
  [
    'two pages whose size is null',
    `query ($f: Int) { ${times(2, (i) => `a${i}: symbols(first: $f) { nodes { daily(first: $f, start: "2015-01-01", end: "2025-01-01") { nodes { day open close } } } }`)} }`,
    'query_too_complex',
    { f: null },
  ],
  [
    'a page whose size is the literal null',
    '{ symbols(first: null) { nodes { a: daily(first: null) { nodes { day } } b: daily(first: null) { nodes { day } } } } }',
    'query_too_complex',
  ],
  [
    'a text 99 times of 500 articles',
    `{ news(first: 500) { nodes { ...F } } } fragment F on Article { ${times(99, (i) => `c${i}: content`)} }`,
    'query_too_complex',
  ],
  [
    'an introspection 40 times',
    `{ ${times(40, (i) => `s${i}: __schema { types { name fields { name type { name kind ofType { name kind } } args { name type { name } } } } }`)} }`,
    'query_too_complex',
  ],
  [
    'the observed gaps of a century, of many symbols',
    '{ symbols(first: 130) { nodes { gaps(start: "1926-01-01", end: "2025-10-31", calendar: OBSERVED) { coverage } } } }',
    'query_too_complex',
  ],
  [
    'many searches of ten years',
    `{ ${times(20, (i) => `a${i}: news(query: "x${i}", start: "2015-11-01", end: "2025-10-31") { nodes { id } }`)} }`,
    'query_too_complex',
  ],
  ['a number for a text', 'query ($s: String!) { symbol(symbol: $s) { symbol } }', 'invalid_parameter', { s: 1 }],
];
