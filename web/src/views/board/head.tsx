import type { JSX } from 'preact';
import { setParams } from '../../state/route';

/** The columns: name, what they are sorted by, title, class. */
const COLUMNS = [
  ['symbol', 'Symbol', 'c-symbol'],
  ['last', 'Last', 'c-last'],
  ['change', 'Change', 'c-change'],
  ['change_percent', 'Change %', 'c-percent'],
  ['', '60 sessions', 'c-line'],
  ['range', '52-week range', 'c-range'],
  ['relative_volume', 'Rel. vol.', 'c-relative'],
  ['volume', 'Volume', 'c-volume'],
  ['missing', 'Missing, 12 months', 'c-missing'],
  ['day', 'Last bar', 'c-day'],
] as const;

/** First from the highest down, then up, then back to the alphabet. */
function next(order: string, name: string): string {
  if (name === 'symbol') return order === '' ? '-symbol' : '';
  if (order === `-${name}`) return name;
  return order === name ? '' : `-${name}`;
}

/** The heads of the board's columns, which sort it. */
export function Head({ order }: { readonly order: string }): JSX.Element {
  const sorted = order.replace(/^-/, '') || 'symbol';
  const down = order.startsWith('-');
  return (
    <div role="rowgroup" class="head">
      <div role="row" class="row head-row" aria-rowindex={1}>
        {COLUMNS.map(([name, title, cell]) => (
          <span
            key={title}
            role="columnheader"
            class={cell}
            aria-sort={name === '' ? undefined : name !== sorted ? 'none' : down ? 'descending' : 'ascending'}
          >
            {name === '' ? (
              title
            ) : (
              <button class="plain" onClick={() => setParams({ sort: next(order, name) })}>
                {title}
                {name === sorted && order !== '' && (
                  <svg viewBox="0 0 8 8" width="8" height="8" aria-hidden="true">
                    <path class="fill" d={down ? 'M1 2h6L4 7z' : 'M1 6h6L4 1z'} />
                  </svg>
                )}
              </button>
            )}
          </span>
        ))}
      </div>
    </div>
  );
}
