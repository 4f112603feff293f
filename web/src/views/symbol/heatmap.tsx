import { useComputed, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { Conditions, type Condition } from '../../api/operations';
import { send } from '../../api/send';
import { addDays, MONTHS, weekday, weekdayName } from '../../format/time';
import { Panel } from '../../ui/faces';
import { missingDays, type SymbolData } from './history';

const CELL = 10.5;
const LEFT = 28;
const TOP = 14;
/** Years whose minutes are looked at in one request. */
const TOGETHER = 3;

type State = 'whole' | 'partial' | 'missing' | 'closed' | 'suspect' | 'outside';
const WORDS: Readonly<Record<State, string>> = {
  whole: 'whole',
  partial: 'partial',
  missing: 'missing',
  closed: 'market closed',
  suspect: 'suspect',
  outside: 'before its first or after its last bar',
};
const OF: Partial<Record<Condition, State>> = { PARTIAL: 'partial', SUSPECT: 'suspect' };

function shapeOf(state: State, x: number, y: number): string {
  switch (state) {
    case 'whole':
      return `M${x} ${y}h9v9h-9z`;
    case 'partial':
      return `M${x + 0.5} ${y + 0.5}h8v8h-8zM${x + 0.5} ${y + 0.5}v8h8z`;
    case 'missing':
      return `M${x - 0.75} ${y - 0.75}h10.5v10.5h-10.5z`;
    case 'closed':
      return `M${x + 3} ${y + 3}h3v3h-3z`;
    case 'suspect':
      return `M${x + 0.5} ${y + 0.5}h8v8h-8zM${x + 3.5} ${y + 3.5}h2v2h-2z`;
    case 'outside':
      return `M${x + 2} ${y + 7}l5-5`;
  }
}

interface Days {
  readonly first: string;
  readonly last: string;
  readonly missing: ReadonlySet<string>;
  readonly closed: ReadonlySet<string>;
  readonly odd: ReadonlyMap<string, State>;
  readonly weekends: boolean;
}

function stateOf(day: string, days: Days): State {
  if (day < days.first || day > days.last) return 'outside';
  if (days.missing.has(day)) return 'missing';
  if (days.closed.has(day)) return 'closed';
  return days.odd.get(day) ?? 'whole';
}

function Year({ year, days, pick }: { year: number; days: Days; pick: (day: string) => void }): JSX.Element {
  const paths: Record<State, string> = { whole: '', partial: '', missing: '', closed: '', suspect: '', outside: '' };
  let crosses = '';
  let missing = 0;
  const rows = days.weekends ? 7 : 5;
  const months: JSX.Element[] = [];
  const firstColumn = (weekday(`${year}-01-01`) + 6) % 7;
  for (let day = `${year}-01-01`, n = 0; day.startsWith(String(year)); day = addDays(day, 1), n += 1) {
    const row = (weekday(day) + 6) % 7;
    const x = LEFT + Math.floor((n + firstColumn) / 7) * CELL;
    if (day.endsWith('-01')) {
      months.push(
        <text key={day} x={x} y="9">
          {MONTHS[Number(day.slice(5, 7)) - 1]}
        </text>,
      );
    }
    if (row >= rows) continue;
    const y = TOP + row * CELL;
    const state = stateOf(day, days);
    paths[state] += shapeOf(state, x, y);
    if (state === 'missing') {
      missing += 1;
      crosses += `M${x + 2.5} ${y + 2.5}l4 4m0-4l-4 4`;
    }
  }
  const said =
    missing === 0 ? (days.last < `${year}-12-31` ? 'whole as far as it goes' : 'whole') : `${missing} missing`;
  const dayAt = (event: MouseEvent & { currentTarget: SVGElement }): string => {
    const box = event.currentTarget.getBoundingClientRect();
    const scale = (LEFT + 54 * CELL) / box.width;
    const column = Math.floor(((event.clientX - box.left) * scale - LEFT) / CELL);
    const row = Math.floor(((event.clientY - box.top) * scale - TOP) / CELL);
    return row < 0 || row >= rows ? '' : addDays(`${year}-01-01`, column * 7 + row - firstColumn);
  };
  return (
    <figure class="heat-year" data-year={year}>
      <figcaption>
        <b>{year}</b>
        <span class={missing > 0 ? 'missing' : 'quiet'}>{said}</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${LEFT + 54 * CELL} ${TOP + rows * CELL}`}
        role="img"
        aria-label={`${year}: ${missing === 0 ? 'no missing day' : `${missing} missing day${missing > 1 ? 's' : ''}`}`}
        onMouseMove={(event) => pick(dayAt(event))}
        onMouseLeave={() => pick('')}
        onClick={(event) => pick(dayAt(event))}
      >
        {months}
        <text x="0" y={TOP + 8}>
          Mon
        </text>
        <text x="0" y={TOP + (rows - 1) * CELL + 8}>
          {rows === 7 ? 'Sun' : 'Fri'}
        </text>
        {(Object.keys(paths) as State[]).map(
          (state) => paths[state] && <path key={state} class={`heat-${state}`} d={paths[state]} />,
        )}
        {crosses && <path class="heat-cross" d={crosses} />}
      </svg>
    </figure>
  );
}

/** Each day of a symbol's life, a year a figure: whole, partial, missing, closed, suspect. */
export function Heatmap({ data }: { readonly data: SymbolData }): JSX.Element {
  const odd = useSignal<ReadonlyMap<string, State>>(new Map());
  const lookedAt = useSignal('');
  const picked = useSignal('');
  const [first, last] = [data.firstDay ?? '', data.lastDay ?? ''];
  const gone = useMemo(() => missingDays(data), [data]);
  const figures = useRef<HTMLDivElement>(null);
  useEffect(() => {
    odd.value = new Map();
    lookedAt.value = '';
    if (first === '') return;
    const leave = new AbortController();
    const [oldest, newest] = [Number(first.slice(0, 4)), Number(last.slice(0, 4))];
    let next = newest;
    let inSight = newest + 1;
    let looking = false;
    const look = async (): Promise<void> => {
      if (looking) return;
      looking = true;
      while (next >= Math.max(inSight, oldest)) {
        const start = `${Math.max(next - TOGETHER + 1, oldest)}-01-01`;
        const window = { symbol: data.symbol, start, end: `${next}-12-31` };
        const { data: read } = await send(Conditions, window, leave.signal);
        const columns = read.symbol?.condition?.columns;
        const found = new Map(odd.value);
        columns?.day.forEach((day, i) => {
          const state = OF[columns.condition[i]!];
          if (state) found.set(day, state);
        });
        odd.value = found;
        lookedAt.value = start;
        next -= TOGETHER;
      }
      looking = false;
    };
    // Minutes are many: those of a year are looked at when it comes into sight.
    const sight = new IntersectionObserver(
      (seen) => {
        for (const { isIntersecting, target } of seen) {
          if (isIntersecting) inSight = Math.min(inSight, Number((target as HTMLElement).dataset['year']));
        }
        // What is missing is known without it; only the finer states are not.
        look().catch(() => (looking = false));
      },
      { rootMargin: '200px' },
    );
    for (const figure of figures.current?.children ?? []) sight.observe(figure);
    return () => {
      leave.abort();
      sight.disconnect();
    };
  }, [data.symbol, first, last]);
  const days = useComputed((): Days => ({
    first,
    last,
    missing: new Set(gone),
    closed: new Set(data.gaps?.excluded.map(({ day }) => day)),
    odd: odd.value,
    weekends: data.isContinuous === true,
  }));
  if (first === '') return <></>;
  const years = Array.from(
    { length: Number(last.slice(0, 4)) - Number(first.slice(0, 4)) + 1 },
    (_, i) => Number(last.slice(0, 4)) - i,
  );
  const stretches = data.gaps?.gaps.filter(({ reason }) => /MISSING/.test(reason)).length ?? 0;
  const count = gone.length;
  const day = picked.value;
  const finer = lookedAt.value > first ? ` · minutes looked at from ${lookedAt.value.slice(0, 4)} on` : '';
  return (
    <Panel
      title="Every day"
      class="heat"
      remark={
        <>
          {count === 0 ? 'whole' : `${count} missing in ${stretches} stretch${stretches > 1 ? 'es' : ''}`} · by the days
          that others of the market have{finer}
          {day && (
            <b class="picked">
              {day} {weekdayName(day)}: {WORDS[stateOf(day, days.value)]}
            </b>
          )}
        </>
      }
    >
      <div class="heat-years" ref={figures}>
        {years.map((year) => (
          <Year key={year} year={year} days={days.value} pick={(one) => (picked.value = one)} />
        ))}
      </div>
      <ul class="heat-key">
        {(Object.keys(WORDS) as State[]).map((state) => (
          <li key={state}>
            <svg viewBox="-1 -1 11 11" width="11" height="11" aria-hidden="true">
              <path class={`heat-${state}`} d={shapeOf(state, 0, 0)} />
              {state === 'missing' && <path class="heat-cross" d="M2.5 2.5l4 4m0-4l-4 4" />}
            </svg>
            {WORDS[state]}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
