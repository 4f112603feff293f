import { useSignal } from '@preact/signals';
import type { JSX, RefObject } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { Indicators, type IndicatorsQuery, type SymbolQuery } from '../../api/operations';
import { faultAt, useRead } from '../../api/read';
import type { Answer } from '../../api/send';
import { type LiveBar, stir } from '../../api/stream';
import { digits, digitsOf, exact } from '../../format/numbers';
import { instant } from '../../format/time';
import { theme } from '../../state/theme';
import { Chart, lineColour, type Mark, type Overlay } from './chart';
import { chartBars, type ChartBar, lastBar, type SymbolData } from './history';

interface Props {
  readonly data: SymbolData;
  readonly answer: Answer<SymbolQuery>;
  readonly news: LiveBar | undefined;
  readonly interval: string;
  readonly log: boolean;
  readonly indicators: readonly string[];
  readonly chart: RefObject<Chart | null>;
}

type Events = NonNullable<SymbolData['events']>['nodes'];

/** Each event at the first bar that ends after it. */
function marksOf(events: Events, bars: readonly ChartBar[]): (Mark & { readonly names: string })[] {
  const at = new Map<string | number, string[]>();
  let place = 0;
  for (const { eventDatetime, eventName } of events) {
    const day = eventDatetime.slice(0, 10);
    while (place < bars.length - 1 && bars[place + 1]!.at.slice(0, 10) <= day) place += 1;
    const bar = bars[place];
    if (!bar || day < bars[0]!.at.slice(0, 10) || (place === bars.length - 1 && day > bar.at.slice(0, 10))) continue;
    at.set(bar.time, [...(at.get(bar.time) ?? []), eventName]);
  }
  return [...at].map(([time, names]) => {
    const words = names[0]!.split(' ');
    return { time, letter: words.at(-1)!.slice(0, 1).toUpperCase(), names: names.join(', ') };
  });
}

function overlaysOf(data: IndicatorsQuery | undefined): Overlay[] {
  const daily = data?.symbol?.daily;
  let pane = 1;
  let before = '';
  return (daily?.indicators ?? []).map(({ name, values }) => {
    const kind = name.split('_')[0]!;
    const apart = kind === 'rsi' || kind === 'macd';
    if (apart && kind !== before) pane += 1;
    before = kind;
    return {
      name,
      pane: apart ? pane : 0,
      histogram: name.includes('histogram'),
      points: daily!.columns.day.map((time, i) => ({ time, value: values[i] ?? null })),
    };
  });
}

/** The canvas, and above it a legend with the exact digits of the bar under the pointer. */
export function ChartPanel({ data, answer, news, interval, log, indicators, chart }: Props): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const place = useSignal(-1);
  const of = indicators.join(', ');
  const more = useRead(Indicators, of === '' ? null : { symbol: data.symbol, of }, null);
  const read = more.answer.value?.data;
  const known = useMemo(() => chartBars(data, interval), [data, interval]);
  const last = useMemo(() => (news ? lastBar(known, news, interval) : null), [known, news, interval]);
  const bars = useMemo(() => {
    if (last === null || last === 'unknown') return known;
    return [...(last.time === known.at(-1)?.time ? known.slice(0, -1) : known), last];
  }, [known, last]);
  const marks = useMemo(() => marksOf(data.events?.nodes ?? [], known), [data, known]);
  const overlays = useMemo(() => (of === '' ? [] : overlaysOf(read)), [read, of]);
  const shown = useRef('');
  useEffect(() => {
    chart.current = new Chart(box.current!, (at) => (place.value = at));
    return () => {
      chart.current?.close();
      chart.current = null;
    };
  }, []);
  useEffect(() => {
    const key = `${data.symbol} ${interval}`;
    chart.current?.show(known, shown.current !== key);
    chart.current?.mark(marks);
    shown.current = key;
    place.value = -1;
  }, [known, marks]);
  useEffect(() => {
    if (last === 'unknown') stir();
    else if (last !== null) chart.current?.last(bars);
  }, [known, last]);
  useEffect(() => chart.current?.overlay(overlays), [overlays, known, theme.value]);
  useEffect(() => {
    chart.current?.paint();
    chart.current?.mark(marks);
  }, [theme.value]);
  useEffect(() => chart.current?.log(log), [log]);
  const fault = faultAt(answer, 'symbol.bars');
  const at = place.value >= 0 ? place.value : bars.length - 1;
  return (
    <section class="panel chart" aria-label="Chart">
      <div class="legend" aria-live="off">
        <Legend bar={bars[at]} events={marks.find(({ time }) => time === bars[at]?.time)?.names ?? ''} />
        {overlays.map(({ name, points }, i) => {
          const value = points.find(({ time }) => time === bars[at]?.time)?.value;
          return (
            <span key={name} class={`of-line line-${lineColour(i)}`}>
              {name.replaceAll('_', ' ')} {value === null || value === undefined ? '–' : digits(value, digitsOf(value))}
            </span>
          );
        })}
        {data.bars?.pageInfo.hasNextPage && <span class="quiet">the newest {bars.length.toLocaleString()} bars</span>}
        {data.bars?.note && <span class="warn">{data.bars.note}</span>}
      </div>
      {fault && <p class="part-fault missing">{fault}</p>}
      <div
        ref={box}
        class="canvas"
        role="img"
        aria-label={`Prices of ${data.symbol}, ${interval} bars; ← and → read them bar by bar`}
      />
    </section>
  );
}

function Legend({ bar, events }: { readonly bar: ChartBar | undefined; readonly events: string }): JSX.Element {
  if (!bar) return <span class="quiet">There are no bars of this interval.</span>;
  if (bar.missing) {
    return (
      <>
        <b>{instant(bar.at)}</b>
        <span class="missing">✕ missing: the market traded, and there is no bar</span>
      </>
    );
  }
  const tone = Number(bar.close) >= Number(bar.open) ? 'up' : 'down';
  return (
    <>
      <b>{instant(bar.at)}</b>
      {(['open', 'high', 'low'] as const).map((name) => (
        <span key={name}>
          <i>{name[0]!.toUpperCase()}</i> {exact(bar[name])}
        </span>
      ))}
      <span>
        <i>C</i> <b class={tone}>{exact(bar.close)}</b>
      </span>
      <span>
        <i>V</i> {exact(bar.volume)}
      </span>
      {bar.made > 1 && <span class="quiet">made of {bar.made}</span>}
      {bar.isPartial && <span class="warn">not over yet</span>}
      {events && <span class="accent">{events}</span>}
    </>
  );
}
