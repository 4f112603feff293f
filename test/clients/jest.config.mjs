import base from '../../jest.config.mjs';

// Real clients, each a program of its own: `npm run test:clients`.
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/clients'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
  testTimeout: 180_000,
};
