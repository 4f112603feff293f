import { useEffect, useRef } from 'preact/hooks';

/** What a key does: its name as KeyboardEvent.key has it, `g b` for one after the other. */
export type Keys = Readonly<Record<string, (event: KeyboardEvent) => void>>;

const layers: { current: Keys }[] = [];
let before = '';
/** Whether a dialog has the keys: not from the moment on at which Escape closes it, though its event comes later. */
const dialogOpen = (): boolean => document.querySelector('dialog[open]') !== null;

/** Keys of a part of the page, while it is shown. Later parts come first. */
export function useKeys(keys: Keys): void {
  const layer = useRef(keys);
  layer.current = keys;
  useEffect(() => {
    layers.push(layer);
    return () => void layers.splice(layers.indexOf(layer), 1);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/** Starts to listen. */
export function listenToKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || dialogOpen()) return;
    if (isTyping(event.target)) return;
    const name = before ? `${before} ${event.key}` : event.key;
    const again = before !== '';
    before = '';
    if (name === 'g') {
      before = 'g';
      return;
    }
    const own = /^(Enter| )$/.test(name) && event.target instanceof Element && event.target.closest('button, a');
    if (own) return;
    for (const layer of layers.toReversed()) {
      const act = layer.current[name];
      if (!act) continue;
      event.preventDefault();
      act(event);
      return;
    }
    if (again) before = '';
  });
}
