import { LIMITS } from '../../base/limits.js';
import { formatInstant, startOfDay } from '../../base/time.js';
import { columnsOf } from '../../contract/wire.js';
import { EventsArgs, FinancialEvent } from '../../data/events/events.model.js';
import type { EventsQueries } from '../../data/events/events.queries.js';
import { readList } from '../../lists/list.js';
import type { Database } from '../../postgres/database.js';
import { instantOf, secondsOf } from './history.js';
import type { UdfStretchArgs } from './udf.model.js';

/** Colors of the impact levels 1 to 4, and of events without one. */
const COLORS = ['#787b86', '#2962ff', '#ff9800', '#f23645'] as const;
/** From this impact level on an event about no symbol is marked on the time scale of every chart. */
const MARKET_IMPACT = 3;

/** Events as the marks of charts, in the order of time: the newest of a page, of the last ten years of a stretch. */
export class ChartMarks {
  constructor(
    private readonly db: Database,
    private readonly events: EventsQueries,
  ) {}

  /** The events of a symbol, on its bars. */
  async ofBars(symbol: string, args: UdfStretchArgs): Promise<object[]> {
    return (await this.#events(args, { symbol })).map((event) => ({
      id: event.id,
      time: secondsOf(event.eventDatetime),
      color: colorOf(event),
      text: textOf(event).join('\n'),
      label: labelOf(event),
      labelFontColor: '#ffffff',
      minSize: 20,
    }));
  }

  /** The events of the whole market that move prices most, on the time scale. */
  async ofTimeScale(args: UdfStretchArgs): Promise<object[]> {
    const events = await this.#events(args, { minImpact: MARKET_IMPACT, ofNoSymbol: true });
    return events.map((event) => ({
      id: event.id,
      time: secondsOf(event.eventDatetime),
      color: colorOf(event),
      label: labelOf(event),
      tooltip: textOf(event),
    }));
  }

  async #events(
    { from, to }: UdfStretchArgs,
    filter: Pick<EventsArgs, 'symbol' | 'minImpact'> & { ofNoSymbol?: boolean },
  ): Promise<FinancialEvent[]> {
    const end = instantOf(to);
    const earliest = end - startOfDay(LIMITS.eventsDays);
    const first = from === undefined ? earliest : instantOf(from);
    const start = instantOf(Number((first > earliest ? first : earliest) / 1_000_000n));
    if (start >= end) return [];
    const limit = LIMITS.eventsPage.max;
    const asked = { start: formatInstant(start), end: formatInstant(end), sort: 'desc', first: limit } as const;
    const list = await this.events.list(Object.assign(new EventsArgs(), asked, filter));
    const { rows } = await readList(this.db, list, limit, columnsOf(FinancialEvent));
    // One in a year that the wire cannot name has no time.
    const events = rows
      .reader<FinancialEvent>()(rows.count)
      .filter((event) => (event.eventDatetime as unknown) !== null);
    return events.reverse();
  }
}

function colorOf({ impactLevel }: FinancialEvent): string {
  return COLORS[(impactLevel ?? 1) - 1] ?? COLORS[0];
}

/** One letter, which is all that a mark has room for. */
function labelOf({ eventType }: FinancialEvent): string {
  return [...eventType][0]?.toUpperCase() ?? '?';
}

function textOf({ eventName, description, actual, forecast, previous }: FinancialEvent): string[] {
  const figures = Object.entries({ actual, forecast, previous }).flatMap(([name, value]) =>
    value === null ? [] : [`${name} ${value}`],
  );
  return [eventName, description ?? '', figures.join(', ')].filter((line) => line !== '');
}
