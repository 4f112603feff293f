import { signal, useSignal } from '@preact/signals';
import type { ComponentType, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { keyWanted } from './api/send';
import { KeyDialog, KeysDialog } from './frame/dialogs';
import { FindBox } from './frame/find';
import { Icon } from './frame/glyphs';
import { RequestBar } from './frame/request-bar';
import { FreshnessStrip } from './frame/strip';
import { go, view } from './state/route';
import { turnTheme } from './state/theme';
import { useKeys } from './state/keys';
import { Face, Skeleton } from './ui/faces';
import { Board } from './views/board/board';

const VIEWS = [
  ['board', 'Board', './', 'b'],
  ['data', 'Data', 'data', 'd'],
  ['economy', 'Economy', 'economy', 'e'],
  ['news', 'News', 'news', 'n'],
  ['events', 'Events', 'events', 'v'],
] as const;

/** Views other than the first are loaded when they are asked for. */
const LATER: Readonly<Record<string, () => Promise<ComponentType>>> = {
  symbols: async () => (await import('./views/symbol/symbol')).SymbolView,
  data: async () => (await import('./views/data/data')).DataView,
  economy: async () => (await import('./views/economy/economy')).EconomyView,
  news: async () => (await import('./views/news')).NewsView,
  events: async () => (await import('./views/events')).EventsView,
};
const loaded = signal<Readonly<Record<string, ComponentType>>>({ board: Board });
const failed = signal('');

function View(): JSX.Element {
  const name = view.value;
  const Shown = loaded.value[name];
  useEffect(() => {
    if (Shown || !LATER[name]) return;
    failed.value = '';
    LATER[name]().then(
      (one) => (loaded.value = { ...loaded.value, [name]: one }),
      () => (failed.value = name),
    );
  }, [name, Shown]);
  if (Shown) return <Shown />;
  if (failed.value === name) {
    return (
      <Face title="This part of the page could not be loaded.">
        <p>
          <button onClick={() => location.reload()}>Load it again</button>
        </p>
      </Face>
    );
  }
  if (LATER[name]) return <Skeleton />;
  return (
    <Face title="There is no such page.">
      <p>
        <a href="./">Go to the board</a>
      </p>
    </Face>
  );
}

function Nav({ foot }: { readonly foot: boolean }): JSX.Element {
  const current = view.value === 'symbols' ? 'board' : view.value;
  return (
    <nav class={foot ? 'tabs' : 'views'} aria-label={foot ? 'Views at the foot' : 'Views'}>
      {VIEWS.map(([name, label, href]) => (
        <a key={name} href={href} aria-current={name === current ? 'page' : undefined}>
          {label}
        </a>
      ))}
    </nav>
  );
}

const MARK = (
  <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" class="mark">
    <path d="M4 3v3m0 8v3M10 2v5m0 7v4M16 1v3m0 8v3" />
    <path class="body" d="M2.25 6h3.5v8h-3.5zM8.25 7h3.5v7h-3.5z" />
    <path d="M14.25 4h3.5v8h-3.5z" />
  </svg>
);

/** The frame: top bar, freshness, view, request. Only the view scrolls. */
export function App(): JSX.Element {
  const keysShown = useSignal(false);
  const main = useRef<HTMLElement>(null);
  const name = view.value;
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) main.current?.querySelector<HTMLElement>('h1')?.focus();
    first.current = false;
  }, [name]);
  useKeys({
    '?': () => (keysShown.value = true),
    t: turnTheme,
    ...Object.fromEntries(VIEWS.map(([, , href, key]) => [`g ${key}`, () => go(href)])),
  });
  return (
    <>
      <header class="top">
        <a class="brand" href="./" aria-label="Tetra, to the board">
          {MARK}
          <b>Tetra</b>
        </a>
        <Nav foot={false} />
        <FindBox />
        <button class="plain icon-button" aria-label="Light or dark" title="Light or dark (t)" onClick={turnTheme}>
          <Icon path="M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 0v12a6 6 0 0 0 0-12z" />
        </button>
        <button class="plain icon-button" aria-label="Keys" title="Keys (?)" onClick={() => (keysShown.value = true)}>
          <Icon path="M1.5 4h13v8h-13zM4 6.5h.5m2.5 0h.5m2.5 0h.5m2 0h.5M5 9.5h6" />
        </button>
      </header>
      <FreshnessStrip />
      <main ref={main}>
        <View />
      </main>
      <RequestBar showKeys={() => (keysShown.value = true)} />
      <Nav foot={true} />
      {keysShown.value && <KeysDialog close={() => (keysShown.value = false)} />}
      {keyWanted.value && <KeyDialog />}
    </>
  );
}
