import { describe, expect, it } from '@jest/globals';
import { listAnswer, objectAnswer } from './answer.js';
import { Cache } from '../contract/caching.js';
import type { Format } from '../sql/format.js';

const meta = { query: { limit: 2 }, unknown: ['NOPE'], freshness: { history_complete: true, as_of: '10:00' } };

describe('the tag of an answer', () => {
  const object = (more: object): string | null => objectAnswer('{}', { ...meta, ...more }, Cache.DEFAULT).etag;
  const list = (more: object, format: Format = 'json', nextPageToken: string | null = null): string =>
    listAnswer(Buffer.from('[1]'), { format, numbers: 'number' }, nextPageToken, {
      meta: { ...meta, ...more },
      cache: Cache.DEFAULT,
      fileName: 'x',
    }).etag;

  it('covers all that is said beside the rows, and the token', () => {
    for (const tag of [object, list]) {
      expect(tag({})).toBe(tag({}));
      expect(tag({ unknown: [] })).not.toBe(tag({}));
      expect(tag({ last_day: '2025-10-31' })).not.toBe(tag({}));
      expect(tag({ freshness: { history_complete: false } })).not.toBe(tag({}));
    }
    expect(list({}, 'json', 'next')).not.toBe(list({}));
    expect(list({}, 'csv')).not.toBe(list({}));
  });

  it('leaves out what only tells when the answer was made', () => {
    const later = { freshness: { history_complete: true, as_of: '10:01' }, age_seconds: 60, lag_seconds: 60 };
    expect(object(later)).toBe(object({}));
    expect(list(later)).toBe(list({}));
  });
});
