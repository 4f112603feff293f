import type { AggregateRow } from './aggregate.sql.js';

/** What each column of the documented aggregate is, as PostgreSQL writes it. */
const DOCUMENTED: Readonly<Record<string, string>> = {
  symbol: 'symbol',
  open: 'first(open, timestamp)',
  high: 'max(high)',
  low: 'min(low)',
  close: 'last(close, timestamp)',
  volume: 'sum(volume)',
  vwap: 'avg(vwap)',
};

const UTC = ['utc', 'etc/utc', 'gmt', 'etc/gmt', 'zulu', 'universal'];
const DAY = ['1 day', '24:00:00'];

type Definition = Pick<
  AggregateRow,
  'source' | 'nested' | 'bucket' | 'width' | 'origin' | 'offset' | 'zone' | 'definition'
>;

/**
 * Why the rows of a continuous aggregate are not the daily bars that upstream documents; null when they are. Only days
 * of UTC made of `market_data.ohlcv` with the documented functions are; further columns do not matter.
 */
export function differenceOf(aggregate: Definition): string | null {
  const { source, nested, bucket, width, origin, offset, zone, definition } = aggregate;
  if (source !== 'market_data.ohlcv' || nested) return 'it is not made of market_data.ohlcv';
  if (!/^(\w+\.)?time_bucket\(/.test(bucket)) return `its buckets are made by ${bucket}`;
  if (!DAY.includes(width)) return `its buckets are ${width} wide`;
  if (zone !== null && !UTC.includes(zone.toLowerCase())) return `its days are those of ${zone}`;
  if (offset !== null && !/^(00:00:00)?$/.test(offset)) return `its days begin ${offset} after midnight UTC`;
  if (origin !== null && !/ 00:00:00\+00$/.test(origin)) return `its days are counted from ${origin}`;
  return differenceOfQuery(definition);
}

function differenceOfQuery(definition: string): string | null {
  const text = definition.replaceAll('"', '').replace(/\s+/g, ' ').trim();
  const query = /^SELECT (.+) FROM (?:market_data\.)?ohlcv(?: (?:AS )?(\w+))? GROUP BY (.+?);?$/i.exec(text);
  if (!query) return 'it does not read every bar';
  const [, columns, alias = 'ohlcv', keys] = query;
  const plain = (expression: string): string =>
    expression
      .replace(new RegExp(`\\b(?:market_data\\.)?${alias}\\.`, 'g'), '')
      .replace(/\b\w+\.(?=\w+\()/g, '')
      .replace(/^\((.*)\)$/, '$1');
  const named = new Map(listOf(columns!).map((item) => split(plain(item))));
  const different = Object.entries(DOCUMENTED).find(([name, expression]) => named.get(name) !== expression);
  if (different) return `its column ${different[0]} is ${named.get(different[0]) ?? 'missing'}`;
  const day = named.get('day');
  if (day === undefined || !/^time_bucket\('[^']+'::interval, timestamp\b/.test(day)) return 'its day is no bucket';
  const groups = listOf(keys!).map(plain);
  if (groups.length !== 2 || !groups.includes('symbol') || !groups.includes(day)) return 'it groups by more';
  return null;
}

/** `expression AS name`, or a column by its own name. */
function split(item: string): [name: string, expression: string] {
  const at = item.lastIndexOf(' AS ');
  return at < 0 ? [item, item] : [item.slice(at + 4), item.slice(0, at)];
}

/** The items of a list in SQL: what lies between commas that are in no brackets. */
function listOf(text: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let item = '';
  for (const char of text) {
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    if (char === ',' && depth === 0) {
      items.push(item.trim());
      item = '';
    } else item += char;
  }
  return [...items, item.trim()];
}
