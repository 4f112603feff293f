import { expect, it } from '@jest/globals';
import { firstSteps } from './first-steps.js';

const base = 'http://127.0.0.1:3000';

it('names what to open, and requests about a symbol that is there', () => {
  const text = firstSteps({ base, page: true, keys: false, symbol: '^GSPC' });
  expect(text).toContain(`Look      ${base}/\n`);
  expect(text).toContain(`curl -s '${base}/v1/market-data/daily/%5EGSPC?limit=3&sort=desc'\n`);
  expect(text.match(/curl/g)).toHaveLength(3);
});

it('has no page where there is none, a key where one is needed, and a list where no symbol is known', () => {
  const text = firstSteps({ base, page: false, keys: true, symbol: null });
  expect(text).not.toContain('Look');
  expect(text).toContain(`curl -s -H 'X-Api-Key: your key' '${base}/v1/market-data/symbols?limit=3'\n`);
});
