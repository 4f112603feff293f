import base from '../../jest.config.mjs';

// Random requests on random data, compared with naive SQL: `npm run test:oracle`.
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/oracle'],
  testPathIgnorePatterns: [],
  maxWorkers: 1,
  testTimeout: 1_800_000,
};
