import base from '../../jest.config.mjs';

/** The battery: real processes, one file after the other, none of it under a load of its own making. */
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/faults'],
  testPathIgnorePatterns: [],
  globalSetup: undefined,
  globalTeardown: undefined,
  maxWorkers: 1,
  forceExit: true,
  testTimeout: 120_000,
  reporters: ['default', '<rootDir>/test/faults/support/summary.mjs'],
};
