/** What there is to say to whoever started the server at a terminal. */
export interface FirstSteps {
  /** Where the server listens, such as `http://127.0.0.1:3000`. */
  readonly base: string;
  /** Whether there is a page for people at `/`. */
  readonly page: boolean;
  /** Whether requests need an API key. */
  readonly keys: boolean;
  /** A symbol that has bars; null where none is known. */
  readonly symbol: string | null;
}

/** What to open in a browser, and three requests that have an answer on the data that is there. */
export function firstSteps({ base, page, keys, symbol }: FirstSteps): string {
  const links = [...(page ? [['Look', '/']] : []), ['GraphiQL', '/graphql'], ['Swagger', '/docs']];
  const paths = [
    symbol === null ? 'symbols?limit=3' : `daily/${encodeURIComponent(symbol)}?limit=3&sort=desc`,
    'movers?limit=3&format=csv',
  ].map((path) => `market-data/${path}`);
  const header = keys ? ` -H 'X-Api-Key: your key'` : '';
  return [
    '',
    ...links.map(([name, path]) => `  ${name!.padEnd(10)}${base}${path!}`),
    '',
    ...[...paths, 'catalog'].map((path) => `  curl -s${header} '${base}/v1/${path}'`),
    '',
    '',
  ].join('\n');
}
