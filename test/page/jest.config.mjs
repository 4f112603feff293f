import base from '../../jest.config.mjs';

// The built page in a real browser: `npm run test:page`.
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/page'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
  testTimeout: 120_000,
};
