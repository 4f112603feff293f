import type { TestApp } from './app.js';

/** Seconds of a day. */
export const DAY = 86_400;

/** An instant in seconds, as charts have it. */
export const seconds = (instant: string): number => Date.parse(instant) / 1000;

/** Asks the feed of charts, which has to answer. */
export async function ask<Body = object>(
  app: TestApp,
  path: string,
  query: Record<string, string | number> = {},
): Promise<Body> {
  const text = Object.entries(query)
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .join('&');
  return (await app.get(`/udf/${path}${text && `?${text}`}`).expect(200)).body as Body;
}
