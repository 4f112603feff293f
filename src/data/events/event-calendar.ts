import { columnsOf } from '../../contract/wire.js';
import type { Feed } from '../../lists/feed.js';
import { contentLine, dateOf, escapedText, utcTime } from '../../lists/icalendar.js';
import { FinancialEvent } from './events.model.js';

/** How soon a subscriber should look again. */
const REFRESH = 'PT1H';

/** The impact levels 1 to 4 as priorities, of which 1 is the highest and 9 the lowest. */
const PRIORITIES = [9, 6, 3, 1];

const HEAD = [
  ['BEGIN', 'VCALENDAR'],
  ['VERSION', '2.0'],
  ['PRODID', '-//Tetra//Query API//EN'],
  ['CALSCALE', 'GREGORIAN'],
  ['METHOD', 'PUBLISH'],
  ['NAME', 'Financial events'],
  ['X-WR-CALNAME', 'Financial events'],
  ['REFRESH-INTERVAL;VALUE=DURATION', REFRESH],
  ['X-PUBLISHED-TTL', REFRESH],
] as const;

/** A list of events as a calendar. Source: RFC 5545; NAME and REFRESH-INTERVAL: RFC 7986. */
export const EVENT_CALENDAR: Feed = {
  columns: columnsOf(FinancialEvent),
  head: () => HEAD.map(([name, value]) => contentLine(name, value)).join(''),
  entry: (row) => entryOf(row as FinancialEvent),
  foot: contentLine('END', 'VCALENDAR'),
};

/**
 * An event as a component. One at midnight UTC is a whole day: the hour is then not known. It takes no time of who has
 * it in a calendar. Its stamp is when its row was written, so that it stays the same from one answer to the next.
 */
function entryOf(event: FinancialEvent): string {
  const at = event.eventDatetime as string | null;
  // What no year from 1 to 9999 names has no date in a calendar either.
  if (at === null) return '';
  const wholeDay = isWholeDay(at);
  const texts: [name: string, text: string | null][] = [
    ['SUMMARY', event.eventName],
    ['DESCRIPTION', descriptionOf(event)],
    ['CATEGORIES', event.eventType],
    ['X-TETRA-SYMBOL', event.symbol],
    ['X-TETRA-COUNTRY', event.country],
    ['X-TETRA-CURRENCY', event.currency],
    ['X-TETRA-ACTUAL', event.actual],
    ['X-TETRA-FORECAST', event.forecast],
    ['X-TETRA-PREVIOUS', event.previous],
    ['X-TETRA-SOURCE', event.source],
  ];
  const priority = event.impactLevel === null ? undefined : PRIORITIES[event.impactLevel - 1];
  return [
    contentLine('BEGIN', 'VEVENT'),
    contentLine('UID', event.id),
    contentLine('DTSTAMP', utcTime(event.createdAt ?? at)),
    wholeDay ? contentLine('DTSTART;VALUE=DATE', dateOf(at)) : contentLine('DTSTART', utcTime(at)),
    ...texts.flatMap(([name, text]) => (text === null || text === '' ? [] : [contentLine(name, escapedText(text))])),
    priority === undefined ? '' : contentLine('PRIORITY', String(priority)),
    contentLine('TRANSP', 'TRANSPARENT'),
    contentLine('END', 'VEVENT'),
  ].join('');
}

/** Whether an event is known by its day only: midnight UTC stands for no hour. */
export function isWholeDay(instant: string): boolean {
  return instant.endsWith('T00:00:00Z');
}

/** What people read of an event beside its name. */
function descriptionOf(event: FinancialEvent): string {
  const said = [
    ['Actual', event.actual],
    ['Forecast', event.forecast],
    ['Previous', event.previous],
    ['Symbol', event.symbol],
    ['Country', event.country],
    ['Source', event.source],
  ].flatMap(([name, value]) => (value ? [`${name!}: ${value}`] : []));
  return [...(event.description ? [event.description, ''] : []), ...said].join('\n');
}
