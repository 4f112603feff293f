import { effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { addressOf, keyHeaders, keyRefused, online, wantKey } from './send';
import { eventsIn } from './events';

/** The newest bar of a symbol, as the stream says it: exact digits as text. */
export interface LiveBar {
  readonly symbol: string;
  readonly timestamp: string;
  readonly timeframe: string;
  readonly open: string | null;
  readonly high: string | null;
  readonly low: string | null;
  readonly close: string | null;
  readonly volume: string;
  readonly vwap: string | null;
  readonly trades_count: string | null;
  readonly source: string | null;
}

/** A bar, and when it was heard of, in milliseconds. */
export interface Heard {
  readonly bar: LiveBar;
  readonly at: number;
}

/**
 * How the stream is: `off` while no view listens; `live` while each change comes by itself; `stale` while the server
 * cannot read the database; `polling` where it was refused, and views are read now and then only.
 */
export type StreamState = 'off' | 'connecting' | 'live' | 'stale' | 'reconnecting' | 'polling';

const FIELDS = 'symbol,timestamp,timeframe,open,high,low,close,volume,vwap,trades_count,source';
/** Symbols of a stream, and characters of their names in its address. */
const [MAX_SYMBOLS, MAX_CHARACTERS] = [200, 6_000];
/** How long it waits for a view to settle, and without a heartbeat, and where it was refused, in milliseconds. */
const [SETTLE, SILENCE, REFUSED] = [250, 60_000, 30_000];
/** What was read may be so much older than its answer, in milliseconds. */
const LATE_READ = 60_000;
/** Views are asked to read again at most so often, in milliseconds. */
const STIR = 10_000;

export const streamState = signal<StreamState>('off');
/** Changes whenever there are other bars. */
export const heardOf = signal(0);
/** Counts what asks views to read again: what the stream could not say. */
export const stirred = signal(0);

const bars = new Map<string, Heard>();
/** What is listened to, as it stands in the address; empty for nothing. */
const listened = signal('');
const hidden = signal(document.hidden);
document.addEventListener('visibilitychange', () => (hidden.value = document.hidden));
/** The last event that was heard, of which symbols. */
let last = { of: '', id: '' };
let settling = 0;
let stirring = 0;
let stirredAt = 0;

/**
 * The newest bar of a symbol that is newer than what was read.
 * @param readAt  when the view was read: without a stream it knows better than what was heard before
 */
export function heard(symbol: string, readAt: number): Heard | undefined {
  // Who asks wants to be asked again when there is another one.
  const one = heardOf.value < 0 ? undefined : bars.get(symbol);
  return one && (streamState.value === 'live' || one.at + LATE_READ > readAt) ? one : undefined;
}

/** Asks the views to read again, soon, and not more often than is good. */
export function stir(): void {
  if (stirring !== 0) return;
  stirring = window.setTimeout(
    () => {
      stirring = 0;
      stirredAt = Date.now();
      stirred.value += 1;
    },
    Math.max(0, stirredAt + STIR - Date.now()),
  );
}

/**
 * Listens to symbols while the view is shown, as many of them as a stream has: one stream serves the page.
 * @param symbols  those that matter first
 */
export function useStream(symbols: readonly string[]): void {
  const some: string[] = [];
  let characters = 0;
  for (const symbol of symbols.slice(0, MAX_SYMBOLS)) {
    characters += encodeURIComponent(symbol).length + 3;
    // A comma in a name would be two of them.
    if (characters <= MAX_CHARACTERS && !symbol.includes(',')) some.push(symbol);
  }
  const wanted = some.sort().map(encodeURIComponent).join();
  useEffect(() => {
    listen(wanted);
    return () => listen('');
  }, [wanted]);
}

function listen(wanted: string): void {
  clearTimeout(settling);
  settling = window.setTimeout(() => {
    const has = new Set(listened.peek().split(','));
    // Those in sight are among them: it stays.
    if (wanted !== '' && wanted.split(',').every((name) => has.has(name)) && has.size <= MAX_SYMBOLS) return;
    listened.value = wanted;
  }, SETTLE);
}

effect(() => {
  const symbols = listened.value;
  if (symbols === '' || hidden.value || keyRefused.value) {
    streamState.value = 'off';
    return undefined;
  }
  if (!online.value) {
    streamState.value = 'reconnecting';
    return undefined;
  }
  const leave = new AbortController();
  streamState.value = 'connecting';
  void keepUp(symbols, leave.signal);
  return () => leave.abort();
});

/** Keeps a stream open until it is not wanted any more. */
async function keepUp(symbols: string, left: AbortSignal): Promise<void> {
  let failures = 0;
  while (!hasLeft(left)) {
    const over = new AbortController();
    const leave = (): void => over.abort();
    left.addEventListener('abort', leave);
    let wait = 2_000;
    let refused = false;
    try {
      const response = await fetch(
        addressOf(`v1/market-data/stream?fields=${FIELDS}&numbers=string&symbols=${symbols}`),
        {
          headers: { ...keyHeaders(), ...(last.of === symbols ? { 'last-event-id': last.id } : {}) },
          signal: over.signal,
        },
      );
      if (response.status === 401) wantKey();
      refused = !response.ok || !response.body;
      const after = 1000 * Number(response.headers.get('retry-after') ?? 0);
      if (refused) wait = Math.max(after, response.status >= 500 ? wait : REFUSED);
      for await (const { name, id, data, retry } of refused ? [] : eventsIn(response.body!, SILENCE, leave)) {
        failures = 0;
        if (retry !== null) wait = retry;
        if (id !== null) last = { of: symbols, id };
        if (name !== '') take(name, data);
      }
    } catch {
      // The network, or a silence: both are answered by coming back.
    }
    left.removeEventListener('abort', leave);
    over.abort();
    if (hasLeft(left)) return;
    streamState.value = refused ? 'polling' : 'reconnecting';
    wait = Math.max(wait, Math.min(wait * 2 ** failures, REFUSED));
    failures += 1;
    await pause(wait, left);
  }
}

const hasLeft = (left: AbortSignal): boolean => left.aborted;

function pause(milliseconds: number, left: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    left.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

let told = false;
function take(name: string, data: string): void {
  if (name === 'start' || name === 'live') streamState.value = 'live';
  else if (name === 'stale') streamState.value = 'stale';
  else if (name === 'bar') {
    const bar = JSON.parse(data) as LiveBar;
    bars.set(bar.symbol, { bar, at: Date.now() });
    tell();
  } else if (name === 'skipped') {
    const { symbols, reason } = JSON.parse(data) as { symbols: string[]; reason: string };
    if (reason === 'overwritten') return;
    if (reason === 'removed') for (const symbol of symbols) bars.delete(symbol);
    tell();
    stir();
  }
}

/** Many bars at once are drawn once. */
function tell(): void {
  if (told) return;
  told = true;
  queueMicrotask(() => {
    told = false;
    heardOf.value += 1;
  });
}
