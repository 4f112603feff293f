import type { TestApp } from './app.js';

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/**
 * JSON whose numbers stay as they are written, `#1.50` for 1.50, so that no digit is lost in a double. When something
 * was read differs from one answer to the next: `as_of` is only an instant.
 */
export function exactJson(text: string): unknown {
  const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;
  return parse(text, (key, value, { source }) => {
    if (/^as_?of$/i.test(key) && INSTANT.test(String(value))) return 'an instant';
    return typeof value === 'number' ? `#${source}` : value;
  });
}

/** The same tree with its names as GraphQL has them. */
export function camelTree(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelTree);
  if (typeof value !== 'object' || value === null) return value;
  const camel = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [camel(name), camelTree(item)]));
}

/** A part of a tree, by the names on the way to it. */
export function at(tree: unknown, ...names: string[]): unknown {
  return names.reduce<unknown>((node, name) => (node as Record<string, unknown> | null)?.[name], tree);
}

/** A REST answer, its numbers exact and its names as GraphQL has them. */
export async function restTree(api: TestApp, path: string): Promise<unknown> {
  const { text } = await api.get(path.replaceAll(' ', '%20')).expect(200);
  return camelTree(exactJson(text));
}

/** The data of a GraphQL answer, its numbers exact; an answer with errors is one. */
export async function graphqlTree(
  api: TestApp,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<unknown> {
  const { text } = await api.graphql(query, variables).expect(200);
  const { data, errors } = exactJson(text) as { data: unknown; errors?: unknown };
  if (errors !== undefined) throw new Error(`${query}: ${JSON.stringify(errors)}`);
  return data;
}

/** How many things a part of an answer holds: rows, entries of a column, or one object. */
export function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

/** The columns of each type, as GraphQL selects them. */
export const FIELDS = {
  bar: 'symbol timestamp timeframe open high low close volume vwap tradesCount source',
  daily: 'symbol day open high low close volume vwap isPartial',
  freshness: 'materializedThrough realTime lastRefreshAt historyComplete asOf note',
  coverage: 'calendar expectedDays presentDays coverage firstDay lastDay',
  symbol: 'symbol firstDay lastDay newestDay days isContinuous hasEnded priceDecimals timeframes sources asOf',
  board:
    'symbol day isPartial isStale missedSessions open high low close volume previousDay previousClose change changePercent openingGapPercent relativeVolume return5 return21 return63 return252 returnYtd high52Week low52Week sma20 sma50 sma200 rsi14 atr14 volatility20',
  breadth: 'day symbols advancers decliners unchanged adLine newHighs newLows aboveSma200 withSma200 shareAboveSma200',
  compared: 'symbol day close value isPartial',
  comparedSymbol:
    'symbol days unusableDays firstDay lastDay totalReturn cagr volatility periodsPerYear maxDrawdown drawdownPeak drawdownTrough drawdownRecovery beta correlation commonReturns reason',
  correlation: 'symbol other correlation returns reason',
  series: 'seriesId title unit firstDate lastDate observations: observationCount undatedObservations frequency',
  observation: 'date value isPreliminary revisionDate source',
  article: 'id title description url source author publishedAt',
  event:
    'id eventType eventDatetime eventName description impactLevel symbol currency country actual forecast previous source',
} as const;

/** A day so many days before today. */
export function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}
