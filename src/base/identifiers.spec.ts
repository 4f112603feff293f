import { describe, expect, it } from '@jest/globals';
import { requireUuid } from './identifiers.js';

describe('requireUuid', () => {
  it('gives the id as PostgreSQL writes it', () => {
    expect(requireUuid('9C22BE5D-4F1D-427F-BADB-31D0F46093BF')).toBe('9c22be5d-4f1d-427f-badb-31d0f46093bf');
  });

  it.each(['', 'abc', '9c22be5d4f1d427fbadb31d0f46093bf', '{9c22be5d-4f1d-427f-badb-31d0f46093bf}', '\0'])(
    'refuses %j by the name of the parameter',
    (text) => {
      expect(() => requireUuid(text)).toThrow(
        expect.objectContaining({ code: 'invalid_parameter', details: { param: 'id' } }),
      );
    },
  );
});
