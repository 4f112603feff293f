import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { asCurl, asGraphql, asPandas, shown } from '../api/shown';
import { bytes } from '../format/numbers';
import { useKeys } from '../state/keys';
import { Icon } from './glyphs';

const WAYS = { curl: asCurl, GraphQL: asGraphql, pandas: asPandas };
type Way = keyof typeof WAYS;

const open = signal(false);
const way = signal<Way>('curl');
const said = signal('');

async function copy(): Promise<void> {
  if (!shown.value) return;
  const text = WAYS[way.value](shown.value);
  try {
    await navigator.clipboard.writeText(text);
    said.value = 'Copied';
  } catch {
    // Not over plain HTTP on another host: then it is there to be marked and copied by hand.
    open.value = true;
    said.value = 'Copy it by hand: the browser allows no more here';
  }
  setTimeout(() => (said.value = ''), 2500);
}

/** The request that made the view, as curl, GraphQL and pandas. */
export function RequestBar({ showKeys }: { readonly showKeys: () => void }): JSX.Element {
  useKeys({ r: () => (open.value = !open.value), c: () => void copy() });
  const request = shown.value;
  const answer = request?.read.answer.value;
  const problem = request?.read.problem.value;
  return (
    <footer class="request">
      {open.value && request && (
        // A region that scrolls has to be reached by the keyboard.
        <pre tabIndex={0} role="region" aria-label="The request of this view">
          {WAYS[way.value](request)}
        </pre>
      )}
      <div class="request-line">
        <button class="plain" aria-expanded={open.value} onClick={() => (open.value = !open.value)} title="r">
          <Icon path={open.value ? 'M3 6l5 5 5-5' : 'M3 10l5-5 5 5'} size={12} />
          <b>{request?.name ?? 'Request'}</b>
        </button>
        <span class="quiet" role="status">
          {problem
            ? problem.code
            : answer
              ? `${answer.status} · ${Math.round(answer.milliseconds)} ms · ${bytes(answer.bytes)}`
              : 'asking'}
        </span>
        <span class="ways" role="group" aria-label="Written as">
          {(Object.keys(WAYS) as Way[]).map((name) => (
            <button
              key={name}
              class="plain"
              aria-pressed={way.value === name}
              onClick={() => {
                way.value = name;
                open.value = true;
              }}
            >
              {name}
            </button>
          ))}
        </span>
        <button class="plain copy" onClick={() => void copy()} title="c">
          {said.value || 'Copy'}
        </button>
        <button class="plain keys-hint" onClick={showKeys}>
          <kbd>?</kbd> keys
        </button>
      </div>
    </footer>
  );
}
