import type { JSX } from 'preact';
import { NONE, digits, digitsOf, exact, price } from '../../format/numbers';
import type { Lines } from './lines';

/** A price whose point stands under those of the rows around. */
export function Price(props: { readonly text: string | null; readonly ticked: boolean }): JSX.Element {
  const { text, ticked } = props;
  if (text === null) return <span class="number">{NONE}</span>;
  const shown = price(Number(text));
  const point = shown.startsWith('≈') ? -1 : shown.search(/[^\d](?=\d*$)/);
  const [whole, fraction] = point < 0 ? [shown, ''] : [shown.slice(0, point), shown.slice(point)];
  return (
    <span class={ticked ? 'price ticked' : 'price'} title={exact(text)}>
      <span>{whole}</span>
      <span class="fraction">{fraction}</span>
    </span>
  );
}

/** A bar that grows left or right from zero; five percent fill it. */
export function Diverging({ percent }: { readonly percent: number }): JSX.Element {
  const size = Math.min(Math.abs(percent) / 5, 1) * 24;
  return (
    <svg class="diverging" viewBox="0 0 48 12" width="48" height="12" aria-hidden="true">
      <path class="rule" d="M24 0v12" />
      <rect
        class={percent < 0 ? 'fill down' : 'fill up'}
        x={percent < 0 ? 24 - size : 24}
        y="3"
        width={size}
        height="6"
      />
    </svg>
  );
}

const WIDTH = 240;
const HEIGHT = 22;

/** Closes of sixty sessions; a missing one breaks the line and is a dash at the foot. */
export function Sparkline({ closes }: { readonly closes: Lines['closes'] }): JSX.Element {
  const there = closes.filter((close): close is number => close !== null && !Number.isNaN(close));
  const low = Math.min(...there);
  const span = Math.max(...there) - low || 1;
  const step = WIDTH / Math.max(59, closes.length - 1);
  const lead = Math.max(0, 60 - closes.length);
  let line = '';
  let dashes = '';
  let pen = 'M';
  closes.forEach((close, i) => {
    const x = ((lead + i) * step).toFixed(1);
    if (close === null) {
      dashes += `M${((lead + i - 0.4) * step).toFixed(1)} ${HEIGHT - 1}h${(step * 0.8).toFixed(1)}`;
      pen = 'M';
    } else if (Number.isNaN(close)) pen = 'M';
    else {
      const y = there.length === 1 || span === 0 ? HEIGHT / 2 : 2 + (HEIGHT - 5) * (1 - (close - low) / span);
      line += `${pen}${x} ${y.toFixed(1)}`;
      pen = 'L';
    }
  });
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="line" d={line} />
      {dashes && <path class="gap" d={dashes} />}
    </svg>
  );
}

/** Where a close stands between the low and the high of 52 weeks. */
export function Range(props: {
  readonly low: string | null;
  readonly high: string | null;
  readonly at: number | null;
}): JSX.Element {
  const { low, high, at } = props;
  if (low === null || high === null) return <span class="quiet">{NONE}</span>;
  return (
    <>
      <span class="range-low" title={exact(low)}>
        {price(Number(low))}
      </span>
      <svg class="range" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
        <path class="track" d="M0 6h100" />
        {at !== null && <path class="tick" d={`M${(1 + 98 * Math.min(1, Math.max(0, at))).toFixed(1)} 1v10`} />}
      </svg>
      <span class="range-high" title={exact(high)}>
        {price(Number(high))}
      </span>
    </>
  );
}

/** Volume against what is usual, which the tick marks. */
export function RelativeVolume({ ratio }: { readonly ratio: number | null }): JSX.Element {
  if (ratio === null) return <span class="number quiet">{NONE}</span>;
  return (
    <>
      <svg class="relative" viewBox="0 0 40 10" width="40" height="10" aria-hidden="true">
        <path class="ground" d="M0 2h40v6h-40z" />
        <path
          class="fill whole"
          d={`M0 2h${(Math.min(ratio, 2.5) * 16).toFixed(1)}v6h-${(Math.min(ratio, 2.5) * 16).toFixed(1)}z`}
        />
        <path class="rule" d="M16 0v10" />
      </svg>
      <span class="number">{digits(ratio, 2)} ×</span>
    </>
  );
}

/** A year of weeks: a calm line where all is there, a block where something is missing, dots outside its life. */
export function Year({ weeks }: { readonly weeks: Lines['weeks'] }): JSX.Element {
  const step = 106 / Math.max(1, weeks.length);
  const parts = { whole: '', missing: '', outside: '' };
  weeks.forEach((week, i) => {
    const x = (i * step).toFixed(1);
    if (week === 'missing')
      parts.missing += `M${x} 0h${Math.max(3, step).toFixed(1)}v14h-${Math.max(3, step).toFixed(1)}z`;
    else if (week === 'whole') parts.whole += `M${x} 5h${(step + 0.2).toFixed(1)}v4h-${(step + 0.2).toFixed(1)}z`;
    else parts.outside += `M${x} 7h1`;
  });
  return (
    <svg class="year" viewBox="0 0 106 14" preserveAspectRatio="none" aria-hidden="true">
      <path class="fill whole" d={parts.whole} />
      <path class="outside" d={parts.outside} />
      <path class="fill missing" d={parts.missing} />
    </svg>
  );
}

/** A change in the digits of its price. */
export const changeDigits = (close: number | null): number => digitsOf(close ?? 10);
