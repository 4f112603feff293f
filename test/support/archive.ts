import type { Response } from 'supertest';
import type { TestApp } from './app.js';
import { seeded } from './random.js';

/** A request: a path, or a GraphQL operation. */
export interface Asked {
  readonly path?: string;
  readonly query?: string;
}

/** Requests for bars, daily bars, gaps and symbols in all formats, at random. */
export function randomRequests(seed: number, count: number): Asked[] {
  const random = seeded(seed);
  const one = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const ago = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
  const symbol = (): string => one(['AAA', 'BBB', 'OLD', 'NEW']);
  const window = (): string => {
    if (random() < 0.1) return '';
    const start = Math.floor(random() * 500);
    return `start=${ago(start)}&end=${ago(Math.max(0, start - Math.floor(random() * random() * 500)))}`;
  };
  const filter = (): string => one(['', '', '', '&timeframe=30m', '&source=feed', '&source=test&timeframe=1h']);
  const format = (): string => one(['', '', '&format=csv', '&format=ndjson', '&format=columns']);
  const page = (): string => {
    const how = one([
      '&limit=all&format=csv',
      '&limit=all&format=ndjson',
      ...[1, 7, 100, 1000].map((n) => `&limit=${n}${format()}`),
    ]);
    return `${how}&sort=${one(['asc', 'desc'])}`;
  };
  const paths = [
    () => `bars/${symbol()}?${window()}${page()}${filter()}`,
    () => `bars/${symbol()}?${window()}${page()}${filter()}`,
    () => `bars?symbols=${symbol()},${symbol()}&${window()}${page()}${filter()}`,
    () => `daily/${symbol()}?${window()}${page()}`,
    () => `daily?date=${ago(Math.floor(random() * 480))}${format()}`,
    () => `gaps/${symbol()}?${window()}&calendar=${one(['weekdays', 'all', 'observed'])}`,
    () => `latest/${symbol()}`,
    () => 'latest?symbols=AAA,OLD,NEW&timeframe=30m',
    () => 'symbols',
    () => `gaps?symbols=AAA,OLD,NEW&${window()}`,
  ];
  const fields = [
    'bars(start: "S", end: "E", first: 50) { columns { timestamp close } pageInfo { hasNextPage endCursor } }',
    'bars(start: "S", end: "E", sort: DESC, first: 9) { edges { cursor node { timestamp volume source } } }',
    'daily(start: "S", end: "E", first: 50) { nodes { day open close volume vwap } }',
    'gaps(start: "S", end: "E") { coverage gaps { start end } }',
    'latest { timestamp close } firstDay lastDay timeframes sources',
  ];
  return Array.from({ length: count }, () => {
    if (random() < 0.8) return { path: `/v1/market-data/${one(paths)()}` };
    const start = Math.floor(random() * 500);
    const field = one(fields)
      .replace('"S"', `"${ago(start)}"`)
      .replace('"E"', `"${ago(Math.max(0, start - 60))}"`);
    return { query: `{ symbols { nodes { symbol ${field} } } }` };
  });
}

/** Members that say when something was read, or how stored days were kept; nothing of the rows. */
const WHEN =
  /"(as_of|asOf|age_seconds|ageSeconds|materialized_through|last_refresh_at|history_complete)":("[^"]*"|[^,}]*)/g;

/**
 * The answers of requests, each with the pages that follow it, as text: status, tag and body, but for what says when it
 * was read, and for the tags of whole lists.
 */
export async function answersOf(api: TestApp, requests: readonly Asked[]): Promise<string[]> {
  const answers: string[] = [];
  for (const { path, query } of requests) {
    if (query !== undefined) {
      const { status, text } = await api.graphql(query);
      answers.push(`${query} ${status} ${text.replace(WHEN, '')}`);
      continue;
    }
    const pages: string[] = [];
    let next: string | null = path!;
    for (let i = 0; next !== null && i < 5; i++) {
      const answer: Response = await api.get(next).buffer();
      // A whole list is streamed, and so has no tag, where its window has more chunks than one statement opens.
      const tag = WHEN.test(answer.text) || path!.includes('limit=all') ? '' : (answer.headers.etag ?? '');
      WHEN.lastIndex = 0;
      pages.push(`${next} ${answer.status} ${tag} ${answer.text.replace(WHEN, '')}`);
      const token: string | undefined =
        answer.headers['x-next-page-token'] ?? /"next_page_token":"([^"]+)"/.exec(answer.text)?.[1];
      next = token ? `${path}&page_token=${token}` : null;
    }
    answers.push(pages.join('\n'));
  }
  return answers;
}
