export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testRegex: ['/test/.*\\.test\\.ts$', '/src/.*\\.spec\\.ts$'],
  testPathIgnorePatterns: ['/test/faults/', '/test/operations/', '/test/oracle/', '/test/clients/', '/test/page/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
        },
        module: { type: 'es6' },
      },
    ],
  },
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  // Modules of a test file are never given back; a worker is, as soon as it holds this much.
  workerIdleMemoryLimit: '1500MB',
  testTimeout: 30_000,
};
