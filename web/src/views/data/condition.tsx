import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { DataBreadth, DataDays, type DataQuery } from '../../api/operations';
import { faultAt, useRead } from '../../api/read';
import { type Answer, send } from '../../api/send';
import { addDays, MONTHS, today, weekday } from '../../format/time';
import { hrefOf, setParams } from '../../state/route';
import { Panel } from '../../ui/faces';

type Coverage = NonNullable<DataQuery['coverage']>['nodes'][number];
/** What is drawn of a day: whole, missing or neither. */
type Mark = 'whole' | 'missing' | 'outside' | 'closed';

/** Symbols whose days are read in one request, and the most that are drawn. */
const TOGETHER = 24;
const MOST = 240;

interface Props {
  readonly answer: Answer<DataQuery>;
  readonly window: { readonly start: string; readonly end: string | null };
  readonly year: string;
}

/** Symbols that have something to show first: those with missing days, then those that came or went. */
function ranked(nodes: readonly Coverage[], start: string, end: string): { odd: Coverage[]; whole: Coverage[] } {
  const lacks = (one: Coverage): boolean => one.presentDays < one.expectedDays;
  const lives = (one: Coverage): boolean => (one.firstDay ?? '') <= end && (one.lastDay ?? '') >= start;
  const odd = nodes.filter((one) => lives(one) && lacks(one));
  const size = (one: Coverage): number =>
    (one.firstDay ?? '') <= start && (one.lastDay ?? '') >= addDays(end, -4) ? one.expectedDays - one.presentDays : 0;
  odd.sort((a, b) => size(b) - size(a) || (a.symbol < b.symbol ? -1 : 1));
  return { odd, whole: nodes.filter((one) => lives(one) && !lacks(one)) };
}

function monthsOf(days: readonly string[]): { at: number; name: string }[] {
  const seen: { at: number; name: string }[] = [];
  days.forEach((day, at) => {
    if (at === 0 || day.slice(0, 7) === days[at - 1]!.slice(0, 7)) return;
    seen.push({ at: at / days.length, name: MONTHS[Number(day.slice(5, 7)) - 1]! });
  });
  return seen;
}

/** In what condition the days of the symbols are, a row a symbol. */
export function ConditionPanel({ answer, window, year }: Props): JSX.Element {
  const marks = useSignal<ReadonlyMap<string, ReadonlyMap<string, Mark>>>(new Map());
  const all = useSignal(false);
  const said = useSignal('');
  const nodes = answer.data.coverage?.nodes ?? [];
  const start = window.start;
  const end = window.end ?? addDays(answer.data.coverage?.window.end ?? today(), -1);
  const breadth = useRead(DataBreadth, { start, end: window.end });
  const { odd, whole } = useMemo(() => ranked(nodes, start, end), [answer, start, end]);
  const rows = (all.value ? [...odd, ...whole] : odd.length > 0 ? odd : whole.slice(0, 12)).slice(0, MOST);
  const names = rows.map(({ symbol }) => symbol);
  useEffect(() => {
    const leave = new AbortController();
    marks.value = new Map();
    const look = async (): Promise<void> => {
      for (let i = 0; i < names.length; i += TOGETHER) {
        const symbols = names.slice(i, i + TOGETHER);
        const { data } = await send(DataDays, { symbols, start, end: window.end }, leave.signal);
        const next = new Map(marks.value);
        const columns = data.condition?.columns;
        columns?.symbol.forEach((symbol, at) => {
          const days = (next.get(symbol) as Map<string, Mark> | undefined) ?? new Map<string, Mark>();
          const condition = columns.condition[at]!;
          const outside = /^(BEFORE_FIRST|AFTER_LAST)_BAR$/.test(columns.reason[at] ?? '');
          const gone = condition === 'MISSING' || condition === 'WHOLE_MARKET_MISSING';
          days.set(
            columns.day[at]!,
            outside ? 'outside' : gone ? 'missing' : condition === 'MARKET_CLOSED' ? 'closed' : 'whole',
          );
          next.set(symbol, days);
        });
        marks.value = next;
      }
    };
    // The bars of the days say enough, and the strip says what is wrong with the database.
    look().catch(() => undefined);
    return () => leave.abort();
  }, [names.join('\n'), start, end]);
  const days = useMemo(() => {
    const list: string[] = [];
    for (let day = start; day <= end; day = addDays(day, 1)) if (weekday(day) % 6 !== 0) list.push(day);
    return list;
  }, [start, end]);
  const counts = new Map(
    rows.map(({ symbol }) => [
      symbol,
      [...(marks.value.get(symbol)?.values() ?? [])].filter((one) => one === 'missing').length,
    ]),
  );
  const faulty = [...counts].filter(([, count]) => count > 0);
  const total = odd.length + whole.length;
  const read = marks.value.size >= rows.length;
  const dayAt = (event: MouseEvent & { currentTarget: SVGElement }): string => {
    const box = event.currentTarget.getBoundingClientRect();
    return days[Math.floor(((event.clientX - box.left) / box.width) * days.length)] ?? '';
  };
  const first = answer.data.catalog?.dataSets.find(({ relation }) => relation === 'ohlcv')?.first ?? start;
  const years = Array.from({ length: Number(today().slice(0, 4)) - Number(first.slice(0, 4)) + 1 }, (_, i) =>
    String(Number(today().slice(0, 4)) - i),
  );
  return (
    <Panel
      title="Condition"
      class="condition"
      remark={
        <>
          <span>a row a symbol, a column a weekday</span>
          <select aria-label="Year" value={year} onChange={(event) => setParams({ year: event.currentTarget.value })}>
            <option value="">12 months</option>
            {years.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </>
      }
    >
      <div class="condition-said">
        <span class={faulty.length > 0 ? 'missing' : ''} role="status">
          {!answer.data.coverage
            ? (faultAt(answer, 'coverage') ?? 'Nothing is known of it.')
            : total === 0
              ? 'No symbol has a bar in this window.'
              : faulty.length > 0
                ? `${faulty.length} of ${total} symbols miss days: ${faulty
                    .slice(0, 6)
                    .map(([name, count]) => `${name} ${count}`)
                    .join(', ')}${faulty.length > 6 ? ', …' : ''}`
                : read
                  ? `None of ${total} symbols misses a day.`
                  : 'Looking at each day.'}
        </span>
        <span class="quiet">{said.value}</span>
        {whole.length > 0 && odd.length > 0 && (
          <button onClick={() => (all.value = !all.value)}>
            {all.value ? 'Only those that are not' : `Show the ${whole.length} that are whole`}
          </button>
        )}
      </div>
      <div class="condition-grid">
        <span />
        <span class="condition-months" />
        <span />
        <div class="month-names" aria-hidden="true">
          {monthsOf(days).map(({ at, name }) => (
            <span key={at} style={{ left: `${100 * at}%` }}>
              {name}
            </span>
          ))}
        </div>
        <span class="quiet">bars a day</span>
        <Breadth
          days={days}
          counts={new Map(breadth.answer.value?.data.breadth?.nodes.map(({ day, symbols }) => [day, symbols]))}
          say={(text) => (said.value = text)}
        />
        <span />
        {rows.map(({ symbol }) => (
          <Line
            key={symbol}
            symbol={symbol}
            days={days}
            marks={marks.value.get(symbol)}
            count={counts.get(symbol) ?? 0}
            point={(event) => {
              const day = dayAt(event);
              const mark = marks.value.get(symbol)?.get(day);
              said.value = day && mark ? `${symbol} · ${day}: ${mark === 'outside' ? 'outside its life' : mark}` : '';
            }}
          />
        ))}
      </div>
    </Panel>
  );
}

interface LineProps {
  readonly symbol: string;
  readonly days: readonly string[];
  readonly marks: ReadonlyMap<string, Mark> | undefined;
  readonly count: number;
  readonly point: (event: MouseEvent & { currentTarget: SVGElement }) => void;
}

function Line({ symbol, days, marks, count, point }: LineProps): JSX.Element {
  const paths = { whole: '', missing: '', outside: '' };
  const step = 1000 / Math.max(1, days.length);
  if (marks) {
    days.forEach((day, i) => {
      const x = (i * step).toFixed(1);
      const mark = marks.get(day) ?? 'outside';
      if (mark === 'missing')
        paths.missing += `M${x} 1h${Math.max(4, step).toFixed(1)}v14h-${Math.max(4, step).toFixed(1)}z`;
      else if (mark === 'outside') paths.outside += `M${x} 8h1`;
      else paths.whole += `M${x} 6h${(step + 0.1).toFixed(1)}v4h-${(step + 0.1).toFixed(1)}z`;
    });
  }
  return (
    <>
      <a href={hrefOf('symbols', symbol)} class={count > 0 ? 'faulty' : ''}>
        {symbol}
      </a>
      <svg
        class="condition-line"
        viewBox="0 0 1000 16"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${symbol}: ${count === 0 ? 'no missing day' : `${count} missing days`}`}
        onMouseMove={point}
      >
        <path class="fill whole" d={paths.whole} />
        <path class="outside" d={paths.outside} />
        <path class="gone" d={paths.missing} />
      </svg>
      <span class={count > 0 ? 'missing number' : 'quiet number'}>{marks ? (count > 0 ? `${count} d` : '0') : ''}</span>
    </>
  );
}

interface BreadthProps {
  readonly days: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
  readonly say: (text: string) => void;
}

function Breadth({ days, counts, say }: BreadthProps): JSX.Element {
  const most = Math.max(1, ...counts.values());
  const step = 1000 / Math.max(1, days.length);
  let path = '';
  days.forEach((day, i) => {
    const share = (counts.get(day) ?? 0) / most;
    if (share > 0)
      path += `M${(i * step).toFixed(1)} 26h${(step * 0.8).toFixed(1)}v-${(share * 24).toFixed(1)}h-${(step * 0.8).toFixed(1)}z`;
  });
  return (
    <svg
      class="condition-breadth"
      viewBox="0 0 1000 26"
      preserveAspectRatio="none"
      role="img"
      aria-label="How many symbols have a bar on each day"
      onMouseMove={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        const day = days[Math.floor(((event.clientX - box.left) / box.width) * days.length)];
        if (day) say(`${day}: ${counts.get(day) ?? 0} symbols have a bar`);
      }}
    >
      <path class="fill whole" d={path} />
    </svg>
  );
}
