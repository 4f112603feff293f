/**
 * The floors of src/, from the ground up, and the floors below that each may import. docs/architecture.md says what
 * belongs where.
 */
const FLOORS = {
  config: [],
  base: ['config'],
  tracing: ['base', 'config'],
  sql: ['base'],
  postgres: ['base', 'config'],
  http: ['base', 'config'],
  contract: ['base', 'sql'],
  lists: ['base', 'sql', 'postgres'],
  rest: ['base', 'sql', 'postgres', 'lists', 'contract', 'http'],
  graphql: ['base', 'sql', 'postgres', 'lists', 'contract'],
  data: ['base', 'sql', 'postgres', 'lists', 'contract', 'rest', 'graphql'],
  doors: ['base', 'config', 'sql', 'postgres', 'lists', 'contract', 'http', 'rest', 'data'],
  operations: ['base', 'config', 'sql', 'postgres', 'lists', 'contract', 'http', 'rest', 'graphql', 'data'],
  setup: ['base', 'sql'],
};

const under = (name) => `^src/${name}/`;

/** What a file's own name says that it does not know. */
const NAMES = {
  'statements-are-pure': { path: '\\.sql\\.ts$', not: '^src/(postgres|http|rest|graphql)/|@nestjs|^fastify' },
  'parts-of-data-know-no-edge': { path: '^src/data/.*/[^/.]+\\.ts$', not: '^src/(http|rest|graphql)/' },
  'queries-know-no-edge': { path: '\\.queries\\.ts$', not: '^src/(http|rest|graphql)/' },
  'rest-knows-no-graphql': { path: '\\.controller\\.ts$', not: '^src/graphql/' },
  'graphql-knows-no-rest': { path: '\\.resolver\\.ts$', not: '^src/(rest|http)/' },
};

/** Packages that only some floors know. */
const PACKAGES = {
  'only-tracing-knows-opentelemetry': { but: ['tracing'], not: '@opentelemetry' },
  'only-postgres-operations-setup-and-bin-know-pg': {
    but: ['postgres', 'operations', 'setup', 'bin'],
    not: 'node_modules/pg/',
  },
  'only-the-edges-know-fastify': {
    but: ['http', 'rest', 'graphql', 'doors', 'operations'],
    not: 'node_modules/fastify/',
  },
};

module.exports = {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'every-folder-is-a-floor',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: [...Object.keys(FLOORS).map(under), under('bin')] },
      to: {},
    },
    ...Object.entries(FLOORS).map(([name, below]) => ({
      name: `floor-of-${name}`,
      severity: 'error',
      from: { path: under(name), pathNot: '\\.spec\\.ts$' },
      to: { path: '^src/', pathNot: [under(name), ...below.map(under)] },
    })),
    ...Object.entries(NAMES).map(([name, { path, not }]) => ({
      name,
      severity: 'error',
      from: { path },
      to: { path: not },
    })),
    ...Object.entries(PACKAGES).map(([name, { but, not }]) => ({
      name,
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: but.map(under) },
      to: { path: not },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
