import type { JSX } from 'preact';
import { memo } from 'preact/compat';
import { NONE, exact, short, signed, way } from '../../format/numbers';
import { hrefOf } from '../../state/route';
import { changeDigits, Diverging, Price, Range, RelativeVolume, Sparkline, Year } from './cells';
import type { Lines } from './lines';
import type { Item } from './rows';

interface Props {
  readonly item: Item;
  readonly lines: Lines | undefined;
  readonly index: number;
  readonly top: number;
  readonly current: boolean;
}

/** After so many sessions without a bar a symbol has ended. */
const ENDED = 10;
/** So long after a bar its price is marked, in milliseconds. */
const TICKED = 1500;

function lag({ missedSessions, isPartial }: Item['row']): JSX.Element | null {
  if (isPartial) return <span class="lag quiet"> today</span>;
  if (missedSessions === 0) return null;
  return missedSessions > ENDED ? (
    <span class="lag warn"> ended</span>
  ) : (
    <span class="lag warn" title={`${missedSessions} sessions behind the market`}>
      {' '}
      −{missedSessions}
    </span>
  );
}

/** A row of the board. */
export const Row = memo(function Row({ item, lines, index, top, current }: Props): JSX.Element {
  const { row } = item;
  const old = row.isStale;
  const tone = old ? '' : way(row.changePercent);
  const missing = lines?.missing ?? item.missing;
  return (
    <div
      id={`row-${index}`}
      role="row"
      class={`row${old ? ' old' : ''}${current ? ' current' : ''}`}
      aria-rowindex={index + 2}
      aria-selected={current}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span role="gridcell" class="c-symbol">
        <a href={hrefOf('symbols', item.symbol)} tabIndex={-1}>
          {item.symbol}
        </a>
      </span>
      <span role="gridcell" class="c-last" key={row.close}>
        <Price text={row.close} ticked={Date.now() - item.movedAt < TICKED} />
      </span>
      <span role="gridcell" class={`c-change number ${tone}`}>
        {item.change === null ? NONE : signed(item.change, changeDigits(item.close))}
      </span>
      <span role="gridcell" class={`c-percent ${tone}`}>
        {row.changePercent !== null && <Diverging percent={row.changePercent} />}
        <span class="number">{row.changePercent === null ? NONE : `${signed(row.changePercent, 2)} %`}</span>
      </span>
      <span role="gridcell" class="c-line">
        {lines && lines.closes.length > 0 && <Sparkline closes={lines.closes} />}
      </span>
      <span role="gridcell" class="c-range">
        <Range low={row.low52Week} high={row.high52Week} at={item.range} />
      </span>
      <span role="gridcell" class="c-relative">
        <RelativeVolume ratio={row.relativeVolume} />
      </span>
      <span role="gridcell" class="c-volume number" title={exact(row.volume)}>
        {short(item.volume)}
      </span>
      <span role="gridcell" class="c-missing">
        {lines && <Year weeks={lines.weeks} />}
        <span class={missing ? 'number missing' : 'number quiet'}>
          {missing === null ? NONE : missing === 0 ? '0' : `${missing} d`}
        </span>
      </span>
      <span role="gridcell" class="c-day">
        {row.day}
        {lag(row)}
      </span>
    </div>
  );
});
