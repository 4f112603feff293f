import { signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { Board as BoardOperation } from '../../api/operations';
import { useRead } from '../../api/read';
import { useShown } from '../../api/shown';
import { heardOf, stir, streamState, useStream } from '../../api/stream';
import { useKeys } from '../../state/keys';
import { go, hrefOf, param, setParams } from '../../state/route';
import { Face, Notice, Progress, Waiting } from '../../ui/faces';
import { Head } from './head';
import { linesOf, linesRead, wantLines } from './lines';
import { Row } from './row';
import { arranged, itemsOf, missingOf, type Item, movedItems } from './rows';

/** Rows that are there beyond the edges. */
const MARGIN = 8;
/** So many symbols are listened to whether they are in sight or not. */
const LISTENED = 150;
/** The row where the reader was, so that coming back finds it. */
const current = signal('');
const phone = matchMedia('(max-width: 640px)');
const narrow = signal(phone.matches);
phone.addEventListener('change', () => (narrow.value = phone.matches));

const REST = ['v1/market-data/snapshots'];

/** Every symbol: where it stands, how it moves, and what is missing of it. */
export function Board(): JSX.Element {
  const read = useRead(BoardOperation, {});
  useShown(BoardOperation, {}, read, REST);
  const filter = useRef<HTMLInputElement>(null);
  const data = read.answer.value?.data;
  const readItems = useMemo(() => (data ? itemsOf(data) : []), [data]);
  const heard = heardOf.value;
  const items = useMemo(
    () => movedItems(readItems, read.readAt.value),
    [readItems, heard, streamState.value, read.readAt.value],
  );
  const [wanted, order] = [param('filter'), param('sort')];
  const version = order.endsWith('missing') ? linesRead.value : 0;
  const rows = useMemo(() => arranged(items, wanted, order), [items, wanted, order, version]);
  // A day that nobody has read of yet: staleness, volume and the session are other ones.
  useEffect(() => {
    if (items.some((item, i) => item.row.day > readItems[i]!.row.day)) stir();
  }, [items]);
  useKeys({ f: () => filter.current?.focus() });
  useEffect(() => void (document.title = 'Board · Tetra'), []);
  const session = data?.board?.session ?? '';
  return (
    <div class="board">
      <Progress read={read} />
      <div class="view-head">
        <h1 tabIndex={-1}>Board</h1>
        <input
          ref={filter}
          class="filter"
          type="search"
          aria-label="Filter the symbols"
          placeholder="Filter (f)"
          value={wanted}
          spellcheck={false}
          onInput={(event) => setParams({ filter: event.currentTarget.value })}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' && event.key !== 'Escape') return;
            document.querySelector<HTMLElement>('[role=grid]')?.focus();
            if (event.key === 'Escape') setParams({ filter: '' });
          }}
        />
        {data && <span class="quiet count">{counted(rows.length, items.length)}</span>}
        {data && <Session items={items} session={session} />}
      </div>
      <Notice read={read} />
      {!data ? (
        <Waiting read={read} rows={20} />
      ) : items.length === 0 ? (
        <Face title="There is not one symbol in this database yet.">
          <p>
            The pipeline writes bars to <code>market_data.ohlcv</code>; they are here as soon as they are there. The{' '}
            <a href="data">data view</a> says what there is.
          </p>
        </Face>
      ) : rows.length === 0 ? (
        <Face title={`No symbol contains “${wanted}”.`}>
          <p>
            <button onClick={() => setParams({ filter: '' })}>Show all {items.length}</button>
          </p>
        </Face>
      ) : (
        <Grid rows={rows} session={session} order={order} />
      )}
    </div>
  );
}

function counted(shown: number, all: number): string {
  return shown === all ? `${all.toLocaleString()} symbols` : `${shown.toLocaleString()} of ${all.toLocaleString()}`;
}

function Session({ items, session }: { readonly items: readonly Item[]; readonly session: string }): JSX.Element {
  // What is known of missing days grows with the lines that were read.
  const known = linesRead.value;
  const live = items.filter(({ row }) => !row.isStale);
  const up = live.filter(({ change }) => change !== null && change > 0).length;
  const down = live.filter(({ change }) => change !== null && change < 0).length;
  const without = items.length - live.length;
  const faulty = useMemo(() => items.filter((item) => (missingOf(item) ?? 0) > 0).length, [items, known]);
  return (
    <span class="session">
      Session of <b>{session || '–'}</b>: <span class="up">{up} up</span>, <span class="down">{down} down</span>
      {without > 0 && `, ${without} without a bar`}
      {faulty > 0 && (
        <>
          {' · '}
          <a class="missing" href="?sort=-missing">
            {faulty} with missing days
          </a>
        </>
      )}
    </span>
  );
}

interface GridProps {
  readonly rows: readonly Item[];
  readonly session: string;
  readonly order: string;
}

function Grid({ rows, session, order }: GridProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const height = narrow.value ? 56 : 28;
  const scroll = useSignal({ top: 0, height: 900 });
  const at = Math.max(
    0,
    rows.findIndex(({ symbol }) => symbol === current.value),
  );
  const first = Math.max(0, Math.floor(scroll.value.top / height) - MARGIN);
  const last = Math.min(rows.length, Math.ceil((scroll.value.top + scroll.value.height) / height) + MARGIN);
  const inSight = rows.slice(first, last);

  // A small market is listened to whole, of a large one what is in sight.
  useStream((rows.length <= LISTENED ? rows : inSight).map(({ symbol }) => symbol));

  const measure = (): void => {
    const { scrollTop, clientHeight } = box.current!;
    scroll.value = { top: scrollTop, height: clientHeight };
  };
  useLayoutEffect(() => {
    const seen = new ResizeObserver(measure);
    seen.observe(box.current!);
    if (current.value !== '') show(at);
    measure();
    return () => seen.disconnect();
  }, []);
  useEffect(() => {
    if (session === '') return;
    const timer = setTimeout(
      () =>
        void wantLines(
          inSight.map(({ symbol }) => symbol),
          session,
        ),
      80,
    );
    return () => clearTimeout(timer);
  }, [inSight.map(({ symbol }) => symbol).join('\n'), session]);

  const show = (index: number): void => {
    const head = narrow.value ? 0 : 32;
    const { scrollTop, clientHeight } = box.current!;
    const top = index * height;
    if (top < scrollTop) box.current!.scrollTop = top;
    else if (top + height > scrollTop + clientHeight - head)
      box.current!.scrollTop = top + height - clientHeight + head;
  };
  const move = (to: number): void => {
    const index = Math.max(0, Math.min(rows.length - 1, to));
    current.value = rows[index]!.symbol;
    show(index);
    box.current!.focus();
  };
  const page = Math.max(1, Math.floor(scroll.value.height / height) - 2);
  const open = (index: number): void => go(hrefOf('symbols', rows[index]!.symbol));
  useKeys({
    ArrowDown: () => move(at + 1),
    ArrowUp: () => move(at - 1),
    j: () => move(at + 1),
    k: () => move(at - 1),
    PageDown: () => move(at + page),
    PageUp: () => move(at - page),
    Home: () => move(0),
    End: () => move(rows.length - 1),
    Enter: () => open(at),
  });
  return (
    <div
      ref={box}
      class="grid"
      role="grid"
      tabIndex={0}
      aria-label="Symbols"
      aria-rowcount={rows.length + 1}
      aria-activedescendant={`row-${at}`}
      onScroll={measure}
      onClick={(event) => {
        const index = event.target instanceof Element ? event.target.closest('.row')?.id.slice(4) : undefined;
        if (index === undefined) return;
        current.value = rows[Number(index)]!.symbol;
        if (!(event.target instanceof Element && event.target.closest('a'))) open(Number(index));
      }}
    >
      <Head order={order} />
      <div role="rowgroup" class="rows" style={{ height: `${rows.length * height}px` }}>
        {inSight.map((item, i) => (
          <Row
            key={item.symbol}
            item={item}
            lines={linesRead.value >= 0 ? linesOf(item.symbol) : undefined}
            index={first + i}
            top={(first + i) * height}
            current={first + i === at}
          />
        ))}
      </div>
    </div>
  );
}
