import type { JSX } from 'preact';
import type { EventsQuery } from '../api/operations';
import { NONE, digits, exact } from '../format/numbers';
import { local, weekdayName } from '../format/time';
import { go, hrefOf } from '../state/route';

/** An event of the agenda. */
export type AgendaEvent = NonNullable<EventsQuery['events']>['nodes'][number];

interface RowProps {
  readonly event: AgendaEvent;
  readonly place: number;
  readonly top: number;
  readonly current: boolean;
  readonly open: () => void;
}

/** A row of the agenda. */
export function EventRow({ event, place, top, current, open }: RowProps): JSX.Element {
  const { eventDatetime: at } = event;
  const about = [event.symbol ?? event.country, event.symbol ? null : event.currency].filter(Boolean).join(' ');
  return (
    <div
      id={`event-${place}`}
      role="row"
      aria-rowindex={place + 2}
      aria-selected={current}
      class={`event-row${current ? ' current' : ''}`}
      style={{ transform: `translateY(${top}px)` }}
      onClick={open}
    >
      <span role="gridcell" class="e-when" title={local(at)}>
        <span class="quiet">{weekdayName(at)}</span> {at.slice(0, 10)} {at.slice(11, 16)}
      </span>
      <span role="gridcell" class="e-impact">
        <Impact level={event.impactLevel} />
      </span>
      <span role="gridcell" class="event-name" title={event.description ?? ''}>
        {event.eventName}
      </span>
      <span role="gridcell" class="e-about quiet">
        {event.symbol ? (
          <a
            href={hrefOf('symbols', event.symbol)}
            tabIndex={-1}
            onClick={(click) => {
              click.stopPropagation();
              click.preventDefault();
              go(hrefOf('symbols', event.symbol!));
            }}
          >
            {about}
          </a>
        ) : (
          about
        )}
      </span>
      <span role="gridcell" class="e-actual">
        <Aligned text={event.actual} strong />
      </span>
      <span role="gridcell" class="e-forecast">
        <Aligned text={event.forecast} />
      </span>
      <span role="gridcell" class="e-previous quiet">
        <Aligned text={event.previous} />
      </span>
      <span role="gridcell" class="e-surprise number">
        {surprise(event)}
      </span>
    </div>
  );
}

/** Decimals under each other. */
function Aligned({ text, strong }: { readonly text: string | null; readonly strong?: boolean }): JSX.Element {
  const shown = exact(text);
  const point = text === null ? -1 : shown.search(/[^\d\s](?=\d*$)/);
  const cut = point > 0 && /\d/.test(shown[point - 1] ?? '') && text?.includes('.') ? point : shown.length;
  const whole = shown.slice(0, cut);
  return (
    <span class={text === null ? 'price quiet' : 'price'}>
      {strong && text !== null ? <b>{whole}</b> : <span>{whole}</span>}
      <span class="fraction">{strong ? <b>{shown.slice(cut)}</b> : shown.slice(cut)}</span>
    </span>
  );
}

function surprise({ actual, forecast }: AgendaEvent): JSX.Element | string {
  if (actual === null || forecast === null) return '';
  const places = Math.max(...[actual, forecast].map((text) => text.split('.')[1]?.length ?? 0));
  const by = Number(actual) - Number(forecast);
  const size = digits(Math.abs(by), places);
  if (!/[1-9]/.test(size)) return <span class="quiet">as expected</span>;
  return `${size} ${by > 0 ? 'above' : 'below'}`;
}

function Impact({ level }: { readonly level: number | null }): JSX.Element {
  if (level === null) return <span class="quiet">{NONE}</span>;
  return (
    <svg class="impact" viewBox="0 0 23 11" width="23" height="11" role="img" aria-label={`impact ${level} of 4`}>
      {[0, 1, 2, 3].map((i) => (
        <path key={i} class={i < level ? 'on' : ''} d={`M${i * 6 + 0.5} 1.5h3v8h-3z`} />
      ))}
    </svg>
  );
}
