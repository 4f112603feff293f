import { computed, signal } from '@preact/signals';

/** Where the page is mounted, such as / or /tetra/. */
export const BASE = new URL(document.baseURI).pathname;

interface Address {
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

function read(): Address {
  const path = location.pathname.slice(BASE.length).split('/').filter(Boolean);
  return { path: path.map(decoded), query: new URLSearchParams(location.search) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address as it is. */
export const address = signal(read());
/** The name of the view: board, symbols, data, economy, news or events. */
export const view = computed(() => address.value.path[0] ?? 'board');
/** What the view is about; one that an address would collapse stands in the query string. */
export const subject = computed(() => address.value.path[1] ?? address.value.query.get('of'));
addEventListener('popstate', () => (address.value = read()));

/** Goes to an address of the page, such as symbols/AAPL. */
export function go(to: string, replace = false): void {
  const url = new URL(to, document.baseURI);
  if (url.href === location.href) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', url);
  address.value = read();
}

/** The address of a symbol or series. */
export function hrefOf(kind: 'symbols' | 'economy', name: string): string {
  return /^\.{1,2}$/.test(name) ? `${kind}?of=${encodeURIComponent(name)}` : `${kind}/${encodeURIComponent(name)}`;
}

/** A parameter of the address. */
export const param = (name: string): string => address.value.query.get(name) ?? '';

/** Changes parameters of the address in place; an empty one is left out. */
export function setParams(changes: Readonly<Record<string, string>>): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  go(location.pathname + (text ? `?${text}` : ''), true);
}

/** Follows links inside the page without loading it again. */
export function followLinks(): void {
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download')) return;
    const inside = link.pathname.startsWith(BASE) ? link.pathname.slice(BASE.length).split('/')[0]! : '?';
    if (!['', 'symbols', 'data', 'economy', 'news', 'events'].includes(inside)) return;
    event.preventDefault();
    go(link.href);
  });
}
