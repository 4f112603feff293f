import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import '../styles/lists.css';
import '../styles/data.css';
import { Events } from '../api/operations';
import { useRead } from '../api/read';
import { useShown } from '../api/shown';
import { addDays, instant, now, today } from '../format/time';
import { useKeys } from '../state/keys';
import { param, setParams } from '../state/route';
import { Face, Notice, Progress, Segments, Waiting } from '../ui/faces';
import { EventRow, type AgendaEvent } from './event-row';
import { ReactionPanel } from './reaction';

const IMPACTS = [
  ['', 'All'],
  ['2', '2+'],
  ['3', '3+'],
  ['4', '4'],
] as const;
/** Days of the agenda before and after today. */
const DAYS = 90;
const MARGIN = 8;

/** What happened and what is to come. */
export function EventsView(): JSX.Element {
  const impact = IMPACTS.find(([value]) => value === param('impact'))?.[0] ?? '';
  const country = param('country');
  const day = today();
  const variables = useMemo(
    () => ({
      minImpact: impact ? Number(impact) : null,
      countries: country ? [country] : null,
      start: `${addDays(day, -DAYS)}T00:00:00Z`,
      end: `${addDays(day, DAYS)}T00:00:00Z`,
    }),
    [impact, country, day],
  );
  const read = useRead(Events, variables);
  const rest = new URLSearchParams({ start: addDays(day, -DAYS), end: addDays(day, DAYS) });
  if (impact) rest.set('min_impact', impact);
  if (country) rest.set('country', country);
  useShown(Events, variables, read, [`v1/events?${rest.toString()}`]);
  useEffect(() => void (document.title = 'Events · Tetra'), []);
  const answer = read.answer.value;
  const events = answer?.data.events?.nodes ?? [];
  const countries = answer?.data.eventCountries.nodes ?? [];
  return (
    <div class="events-view">
      <Progress read={read} />
      <div class="view-head">
        <h1 tabIndex={-1}>Events</h1>
        <Segments label="Impact" value={impact} options={IMPACTS} choose={(one) => setParams({ impact: one })} />
        <select
          aria-label="Country"
          value={country}
          onChange={(event) => setParams({ country: event.currentTarget.value })}
        >
          <option value="">All countries</option>
          {countries.map(
            ({ value, events: count }) => value && <option key={value} value={value}>{`${value} (${count})`}</option>,
          )}
          {country && !countries.some(({ value }) => value === country) && <option value={country}>{country}</option>}
        </select>
        {answer && (
          <span class="quiet">
            {events.length}
            {answer.data.events?.pageInfo.hasNextPage ? ' first' : ''} within {DAYS} days of now · times in UTC
          </span>
        )}
      </div>
      <Notice read={read} />
      {!answer ? (
        <>
          <Waiting read={read} />
          {read.problem.value && (impact || country) && (
            <p class="near">
              <button onClick={() => setParams({ impact: '', country: '' })}>Show all</button>
            </p>
          )}
        </>
      ) : events.length > 0 ? (
        <Agenda key={`${impact} ${country}`} events={events} />
      ) : impact || country ? (
        <Face title="No event is like that.">
          <p>
            <button onClick={() => setParams({ impact: '', country: '' })}>Show all</button>
          </p>
        </Face>
      ) : (
        <Face title={`There is no event within ${DAYS} days of now.`}>
          <p>
            The pipeline writes them to <code>events.event_data</code>.
          </p>
        </Face>
      )}
    </div>
  );
}

const phone = matchMedia('(max-width: 640px)');

function Agenda({ events }: { readonly events: readonly AgendaEvent[] }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const height = phone.matches ? 52 : 28;
  const scroll = useSignal({ top: 0, height: 900 });
  const past = events.filter(({ eventDatetime }) => Date.parse(eventDatetime) <= now.value).length;
  const rows: readonly (AgendaEvent | null)[] = [...events.slice(0, past), null, ...events.slice(past)];
  const at = useSignal(Math.max(0, past - 1));
  const chosen = useSignal('');
  const measure = (): void => {
    scroll.value = { top: box.current!.scrollTop, height: box.current!.clientHeight };
  };
  useLayoutEffect(() => {
    box.current!.scrollTop = Math.max(0, past * height - box.current!.clientHeight / 2);
    const seen = new ResizeObserver(measure);
    seen.observe(box.current!);
    measure();
    return () => seen.disconnect();
  }, []);
  const move = (to: number): void => {
    at.value = Math.max(0, Math.min(rows.length - 1, to));
    const top = at.value * height;
    const { scrollTop, clientHeight } = box.current!;
    if (top < scrollTop) box.current!.scrollTop = top;
    else if (top + height * 2 > scrollTop + clientHeight) box.current!.scrollTop = top + height * 2 - clientHeight;
    box.current!.focus();
  };
  const open = (place: number): void => {
    const event = rows[place];
    if (event) chosen.value = chosen.value === event.id ? '' : event.id;
  };
  const page = Math.max(1, Math.floor(scroll.value.height / height) - 2);
  useKeys({
    ArrowDown: () => move(at.value + 1),
    ArrowUp: () => move(at.value - 1),
    j: () => move(at.value + 1),
    k: () => move(at.value - 1),
    PageDown: () => move(at.value + page),
    PageUp: () => move(at.value - page),
    Home: () => move(0),
    End: () => move(rows.length - 1),
    Enter: () => open(at.value),
    Escape: () => (chosen.value = ''),
  });
  const first = Math.max(0, Math.floor(scroll.value.top / height) - MARGIN);
  const last = Math.min(rows.length, Math.ceil((scroll.value.top + scroll.value.height) / height) + MARGIN);
  const event = events.find(({ id }) => id === chosen.value);
  return (
    <>
      <div
        ref={box}
        class="agenda"
        role="grid"
        tabIndex={0}
        aria-label="Agenda"
        aria-rowcount={rows.length + 1}
        aria-activedescendant={`event-${at.value}`}
        onScroll={measure}
      >
        <div role="rowgroup" class="agenda-head">
          <div role="row" class="event-row" aria-rowindex={1}>
            <span role="columnheader">When, UTC</span>
            <span role="columnheader">Impact</span>
            <span role="columnheader">Event</span>
            <span role="columnheader" class="e-about">
              About
            </span>
            <span role="columnheader" class="number">
              Actual
            </span>
            <span role="columnheader" class="number">
              Forecast
            </span>
            <span role="columnheader" class="number e-previous">
              Previous
            </span>
            <span role="columnheader" class="number e-surprise">
              Surprise
            </span>
          </div>
        </div>
        <div role="rowgroup" class="agenda-rows" style={{ height: `${rows.length * height}px` }}>
          {rows.slice(first, last).map((one, i) => {
            const place = first + i;
            return one === null ? (
              <div
                key="now"
                id={`event-${place}`}
                role="row"
                aria-rowindex={place + 2}
                class="event-row now"
                style={{ transform: `translateY(${place * height}px)` }}
              >
                <span role="gridcell">Now · {instant(new Date(now.value).toISOString())} UTC</span>
              </div>
            ) : (
              <EventRow
                key={one.id}
                event={one}
                place={place}
                top={place * height}
                current={place === at.value}
                open={() => {
                  at.value = place;
                  open(place);
                }}
              />
            );
          })}
        </div>
      </div>
      {event && <ReactionPanel event={event} close={() => (chosen.value = '')} />}
    </>
  );
}
