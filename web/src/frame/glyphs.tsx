import type { JSX } from 'preact';
import type { DataState } from '../api/operations';

/** What a data set's state is called. */
export const STATES: Readonly<Record<DataState | 'BROKEN', string>> = {
  FRESH: 'fresh',
  LATE: 'late',
  STALE: 'stale',
  EMPTY: 'empty',
  AHEAD: 'ahead',
  BROKEN: 'not readable',
};

const SHAPES: Readonly<Record<DataState | 'BROKEN', JSX.Element>> = {
  FRESH: <circle cx="5" cy="5" r="4" class="fill up" />,
  LATE: (
    <g class="warn">
      <circle cx="5" cy="5" r="3.5" class="ring" />
      <path d="M5 1.5a3.5 3.5 0 0 1 0 7z" class="fill" />
    </g>
  ),
  STALE: <path d="M5 .9 9.1 5 5 9.1 .9 5z" class="ring warn" />,
  EMPTY: <circle cx="5" cy="5" r="3.5" class="ring" />,
  AHEAD: <path d="M2 1 8.5 5 2 9z" class="fill accent" />,
  BROKEN: <path d="M1.5 1.5l7 7m0-7l-7 7" class="ring missing" />,
};

/** A state as a shape; the word stands beside it. */
export function Glyph({ state }: { readonly state: DataState | 'BROKEN' }): JSX.Element {
  return (
    <svg class="glyph" viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
      {SHAPES[state]}
    </svg>
  );
}

/** A small drawing in the text's colour. */
export function Icon({ path, size = 16 }: { readonly path: string; readonly size?: number }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
