import base from '../../jest.config.mjs';

// Servers, load balancers and certificates of their own: `npm run test:operations`.
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/operations'],
  testPathIgnorePatterns: [],
  globalSetup: undefined,
  globalTeardown: undefined,
  // Each starts several servers.
  maxWorkers: 1,
  // A case that failed may have left a server behind, which must not hold the run up.
  forceExit: true,
  testTimeout: 120_000,
};
