import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { hasKey, keepKey, keyWanted } from '../api/send';

interface Props {
  readonly title: string;
  readonly close: () => void;
  readonly children: ComponentChildren;
}

/** A dialog of the browser's own: it keeps the focus inside and gives it back. */
function Dialog({ title, close, children }: Props): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-label={title} onClose={close}>
      <h2>{title}</h2>
      {children}
    </dialog>
  );
}

const KEYS: readonly (readonly [string, string])[] = [
  ['/', 'find a symbol, series or news'],
  ['g b', 'board'],
  ['g d', 'data'],
  ['g e', 'economy'],
  ['g n', 'news'],
  ['g v', 'events'],
  ['↑ ↓ j k', 'row by row'],
  ['PgUp PgDn Home End', 'further'],
  ['Enter', 'open the row'],
  ['f', 'filter'],
  ['1 – 9', 'interval of a chart'],
  ['← →', 'bar by bar, with Shift by twenty'],
  ['l', 'logarithmic scale'],
  ['[ ]', 'symbol before, symbol after'],
  ['r', 'show the request'],
  ['c', 'copy the request'],
  ['t', 'light or dark'],
  ['?', 'these keys'],
  ['Esc', 'leave'],
];

/** What each key does. */
export function KeysDialog({ close }: { readonly close: () => void }): JSX.Element {
  return (
    <Dialog title="Keys" close={close}>
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>{keys.split(' ').map((key) => (key === '–' ? '–' : <kbd key={key}>{key}</kbd>))}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button>Close</button>
      </form>
    </Dialog>
  );
}

/** Asks for an API key, once. */
export function KeyDialog(): JSX.Element {
  return (
    <Dialog title="API key" close={() => (keyWanted.value = false)}>
      <form
        method="dialog"
        class="key-form"
        onSubmit={(event) => {
          event.preventDefault();
          const value = new FormData(event.currentTarget).get('key');
          if (typeof value === 'string' && value.trim() !== '') keepKey(value.trim());
        }}
      >
        {hasKey() && <p role="alert">The key was refused.</p>}
        <label for="api-key">This server asks for a key. It is kept until the browser is closed.</label>
        <input id="api-key" name="key" type="password" autocomplete="off" required />
        <button class="primary">Use it</button>
      </form>
    </Dialog>
  );
}
