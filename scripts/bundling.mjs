/** Packages that are not installed, which others try to load; and one that looks for its files beside itself. */
const NOT_BUNDLED = [
  /^@nestjs\/(microservices|websockets|platform-express)/,
  /^@fastify\/(multipart|view)$/,
  /^@apollo\/(gateway|subgraph)/,
  '@as-integrations/express5',
  'bufferutil',
  /^class-transformer(\/|$)/,
  'fsevents',
  'pg-native',
  'swagger-ui-dist',
  'ts-morph',
  'utf-8-validate',
];

/** How packages ask whether they run in production. */
const ENVIRONMENT = ['process.env.NODE_ENV', 'globalThis.process.env.NODE_ENV'];

/** How rolldown reads our modules and packages. Whatever it has to say about them is an error. */
export const READING = {
  platform: 'node',
  external: NOT_BUNDLED,
  resolve: { mainFields: ['module', 'main'] },
  // Packages check less then: what GraphQL checks is a fifteenth of a small operation.
  transform: { define: Object.fromEntries(ENVIRONMENT.map((name) => [name, '"production"'])) },
  onLog: (level, { message }) => {
    if (level === 'warn') throw new Error(message);
  },
};

/**
 * How it writes them. CommonJS: each built-in module that an ES module imports is loaded whole, undici and all. Names
 * are kept for Nest and for those who read a stack trace.
 */
export const WRITING = { format: 'cjs', keepNames: true, comments: false };
