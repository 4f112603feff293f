import { addDays, calendarDays, isoDay } from './nyse.js';
import { random, type Random } from './random.js';
import { companies, type Row } from './bars.js';

export const articleColumns = 'id, title, description, content, url, source, author, published_at, created_at';

const SOURCES = ['Harbor Street Journal', 'Pacific Markets Daily', 'The Ledger Post', 'Northgate News', 'Sample Wire'];
const AUTHORS = [
  'Ada Lindqvist',
  'Bruno Keller',
  'Chiara Conti',
  'Dmitri Volkov',
  'Emeka Obi',
  'Mei Tanaka',
  "Seán O'Neill",
];

const SUBJECTS = [
  ...companies.map((symbol) => `${symbol} shares`),
  'Bitcoin',
  'Treasury yields',
  'Oil prices',
  'The dollar',
  'European equities',
];
const MOVES = ['rise', 'fall', 'hold steady', 'swing', 'rally', 'slip', 'recover', 'trade in a narrow range'];
const CAUSES = [
  'after inflation data',
  'ahead of the Fed decision',
  'as earnings season begins',
  'on stronger guidance',
  'as traders weigh growth worries',
  'following a broker upgrade',
  'in thin holiday trading',
  'as volatility eases',
];
const SENTENCES = [
  'Volume was close to its average of the last twenty sessions.',
  'Analysts pointed to positioning rather than to fresh information.',
  'The move reversed part of the losses seen earlier in the week.',
  'Options markets now price a slightly wider range for the month.',
  'Two desks described the flow as two-way, with little urgency on either side.',
  'Investors look to the next release for confirmation of the trend.',
  'Forecasts for the coming quarter were left unchanged by most houses.',
  '“We would not read too much into one session,” a strategist said.',
  'Breadth improved: three stocks advanced for every two that declined.',
  'Credit spreads barely moved, which suggests that the worry stays contained.',
];

/** Generated articles of the 120 days that end on the UTC day before `now`; several share one instant exactly. */
export function* sampleArticles(now: Date): Generator<Row> {
  const today = isoDay(now);
  for (const day of calendarDays(addDays(today, -120), addDays(today, -1))) {
    const source = random(`news ${day}`);
    const count = source.integer(2, 5);
    const together = source.next() < 0.3;
    for (let index = 0; index < count; index++) {
      yield article(source, day, index, together && index < 3 ? `${day}T13:30:00Z` : instant(source, day));
    }
  }
}

function article(source: Random, day: string, index: number, publishedAt: string): Row {
  const title = `${source.pick(SUBJECTS)} ${source.pick(MOVES)} ${source.pick(CAUSES)}`;
  const paragraphs = Array.from({ length: source.integer(3, 6) }, () =>
    Array.from({ length: source.integer(2, 4) }, () => source.pick(SENTENCES)).join(' '),
  );
  const description = source.next() < 0.1 ? null : paragraphs[0]!;
  const content =
    source.next() < 0.04 ? null : `${title}.\n\n${paragraphs.join('\n\n')}\n\nThis is sample text, not news.`;
  const url = `https://news.example/${day.replaceAll('-', '/')}/${index + 1}-${title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
  const author = source.next() < 0.15 ? null : source.pick(AUTHORS);
  const outlet = source.next() < 0.02 ? null : source.pick(SOURCES);
  return [source.uuid(), title, description, content, url, outlet, author, publishedAt, `${day}T23:59:00Z`];
}

/** Some instants carry microseconds, as the pipeline's do. */
function instant(source: Random, day: string): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const micros = source.next() < 0.25 ? `.${String(source.integer(1, 999_999)).padStart(6, '0')}` : '';
  return `${day}T${two(source.integer(6, 22))}:${two(source.integer(0, 59))}:${two(source.integer(0, 59))}${micros}Z`;
}
