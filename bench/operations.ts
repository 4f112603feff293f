import { SERIES, SYMBOLS, WINDOW } from './dataset.ts';

/** GraphQL operations; each has one text, and what differs between requests is in its variables. */
const BAR = 'symbol timestamp open high low close volume vwap tradesCount timeframe source';
const DAY = 'symbol day open high low close volume vwap';
const DAILY = `daily(start: "${WINDOW.start}", end: "${WINDOW.end}", first: ${WINDOW.bars})`;

/** Of this API. */
export const API = {
  latest: `query Latest($symbol: String!) { symbol(symbol: $symbol) { latest { ${BAR} } } }`,
  nodes: `query Nodes($symbol: String!) { symbol(symbol: $symbol) { ${DAILY} { nodes { ${DAY} } } } }`,
  columns: `query Columns($symbol: String!) { symbol(symbol: $symbol) { ${DAILY} { columns { ${DAY} } } } }`,
};

/** Of PostGraphile, with the names that it gives. */
export const POSTGRAPHILE = {
  latest: `query Latest($symbol: String!) { allOhlcvs(condition: { symbol: $symbol }, orderBy: [TIMESTAMP_DESC], first: 1)
    { nodes { ${BAR} } } }`,
  daily: `query Daily($symbol: String!) { allOhlcvDailies(condition: { symbol: $symbol }, orderBy: [DAY_DESC], first: ${WINDOW.bars})
    { nodes { ${DAY} } } }`,
};

const DASHBOARD_SYMBOLS = 50;
const names = Array.from({ length: DASHBOARD_SYMBOLS }, (_, i) => `s${i}`);

/**
 * The dashboard: 50 symbols with their newest bar, 250 daily bars and gaps, 5 economic series, 20 articles, 20 events.
 */
export function dashboard(shape: 'columns' | 'nodes'): string {
  return `query Dashboard(${names.map((name) => `$${name}: String!`).join(' ')}) {
    ${names.map((name) => `${name}: symbol(symbol: $${name}) { ...Card }`).join('\n')}
    ${SERIES.map((id, i) => `e${i}: series(id: "${id}") { observations(start: "2015-01-01") { nodes { date value } } }`).join('\n')}
    news(first: 20) { nodes { id title description url source publishedAt } }
    events(first: 20) { nodes { id eventName eventType eventDatetime impactLevel actual forecast } }
  }
  fragment Card on Symbol {
    latest { ${BAR} }
    ${DAILY} { ${shape} { day open high low close volume vwap } }
    gaps(start: "${WINDOW.start}", end: "${WINDOW.end}") { coverage expectedDays presentDays gaps { start end missingDays reason } }
  }`;
}

/** 50 of the symbols, other ones each time, as the dashboard's variables. */
export function dashboardVariables(): Record<string, string> {
  const from = Math.floor(Math.random() * SYMBOLS.length);
  return Object.fromEntries(names.map((name, i) => [name, SYMBOLS[(from + i * 2) % SYMBOLS.length]!]));
}
