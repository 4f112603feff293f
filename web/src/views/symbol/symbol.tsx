import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import '../../styles/symbol.css';
import { Symbol as SymbolOperation, type SymbolQuery } from '../../api/operations';
import { useRead } from '../../api/read';
import type { Answer } from '../../api/send';
import { moved } from '../../api/moved';
import { useShown } from '../../api/shown';
import { heard, type LiveBar, useStream } from '../../api/stream';
import { digitsOf, exact, signed, way } from '../../format/numbers';
import { addDays, age, instant, local, since, today } from '../../format/time';
import { useKeys } from '../../state/keys';
import { go, hrefOf, param, setParams, subject } from '../../state/route';
import { Face, Nearest, Notice, Progress, Segments, Waiting } from '../../ui/faces';
import type { Chart } from './chart';
import { ChartPanel } from './chart-panel';
import { Compared } from './compared';
import { Heatmap } from './heatmap';
import { INDICATORS, intervalsOf, knownIndicators, type SymbolData, withLatest } from './history';
import { neighbour } from './neighbour';
import { Rail } from './rail';

const NOBODY: readonly string[] = [];

/** One symbol: its chart, each of its days, and what is said of it. */
export function SymbolView(): JSX.Element {
  const symbol = subject.value ?? '';
  const interval = param('interval') || '1d';
  const variables = useMemo(
    () => ({ symbol, timeframe: interval, eventsStart: `${addDays(today(), -3500)}T00:00:00Z` }),
    [symbol, interval],
  );
  const read = useRead(SymbolOperation, symbol === '' ? null : variables);
  const path = encodeURIComponent(symbol);
  const bars =
    interval === '1d' ? `daily/${path}?start=1950-01-01` : `bars/${path}?timeframe=${interval}&start=1950-01-01`;
  useShown(SymbolOperation, variables, read, [
    `v1/market-data/${bars}`,
    `v1/market-data/gaps/${path}?calendar=observed&start=1950-01-01`,
    `v1/market-data/statistics/${path}`,
  ]);
  useEffect(() => void (document.title = `${symbol} · Tetra`), [symbol]);
  const answer = read.answer.value;
  const data = answer?.data.symbol;
  useStream(data && data.symbol === symbol ? [symbol] : NOBODY);
  const news = heard(symbol, read.readAt.value)?.bar;
  if (data?.symbol !== undefined && data.symbol !== symbol) return <Waiting read={read} />;
  return (
    <div class="symbol">
      <Progress read={read} />
      <Notice read={read} />
      {symbol === '' ? (
        <Face title="Which symbol?">
          <p>
            Choose one on the <a href="./">board</a>, or find it with /.
          </p>
        </Face>
      ) : !answer ? (
        <>
          <div class="view-head symbol-head">
            <Title symbol={symbol} />
          </div>
          <Waiting read={read} rows={16} />
        </>
      ) : !data ? (
        <Face title={`There is no symbol “${symbol}”.`}>
          <Nearest kind="symbols" names={answer.nearest} />
        </Face>
      ) : (
        <Whole data={data} answer={answer} interval={interval} news={news} />
      )}
    </div>
  );
}

function Title(props: { readonly symbol: string; readonly data?: SymbolData; readonly stand?: Stand }): JSX.Element {
  const { symbol, data, stand } = props;
  const latest = data?.latest;
  const change = stand?.change;
  const behind = stand?.missedSessions ?? 0;
  const end = latest && `${latest.timestamp.slice(0, 10)}T23:59:59Z`;
  return (
    <>
      <h1 class="symbol-name" tabIndex={-1}>
        {symbol}
      </h1>
      {latest?.close && <span class="symbol-price">{exact(latest.close)}</span>}
      {stand && change && (
        <span class={`symbol-change ${way(stand.changePercent)}`}>
          {signed(Number(change), digitsOf(Number(stand.close)))}
          {stand.changePercent !== null && ` (${signed(stand.changePercent, 2)} %)`}
        </span>
      )}
      {latest && end && (
        <span class={behind > 0 ? 'warn' : 'quiet'} title={local(latest.timestamp)}>
          {instant(latest.timestamp)} UTC · {age(since(latest.timeframe === '1d' ? end : latest.timestamp))} ago
          {behind > 0 && ` · ${behind} session${behind > 1 ? 's' : ''} behind the market`}
        </span>
      )}
    </>
  );
}

type Stand = NonNullable<SymbolQuery['board']>['nodes'][number];

interface WholeProps {
  readonly data: SymbolData;
  readonly answer: Answer<SymbolQuery>;
  readonly interval: string;
  /** The newest bar, as far as the stream has said one. */
  readonly news: LiveBar | undefined;
}

function Whole({ data: read, answer, interval, news }: WholeProps): JSX.Element {
  const data = useMemo(() => (news ? withLatest(read, news) : read), [read, news]);
  const chart = useRef<Chart | null>(null);
  const adding = useSignal('');
  const stood = answer.data.board?.nodes[0];
  const stand = useMemo(() => (stood && news ? moved(stood, news) : stood), [stood, news]);
  const intervals = intervalsOf(data.timeframes);
  const log = param('log') === 'on';
  const compare = param('compare').split(',').filter(Boolean);
  const indicators = knownIndicators(param('indicators'));
  const choose = (one: string): void => setParams({ interval: one === '1d' ? '' : one });
  const turnLog = (): void => setParams({ log: log ? '' : 'on' });
  const go2 = (step: number) => (): void =>
    void neighbour(data.symbol, step).then((to) => to && go(hrefOf('symbols', to)));
  useKeys({
    ...Object.fromEntries(intervals.map((one, i) => [String(i + 1), () => choose(one)])),
    ArrowLeft: ({ shiftKey }) => chart.current?.step(shiftKey ? -20 : -1),
    ArrowRight: ({ shiftKey }) => chart.current?.step(shiftKey ? 20 : 1),
    l: turnLog,
    '[': go2(-1),
    ']': go2(1),
    Escape: () => go('./'),
  });
  const turn = (name: string): void => {
    const next = indicators.includes(name) ? indicators.filter((one) => one !== name) : [...indicators, name];
    setParams({ indicators: next.join(';') });
  };
  return (
    <>
      <div class="view-head symbol-head">
        <Title symbol={data.symbol} data={data} {...(stand ? { stand } : {})} />
        <span class="tools">
          <form
            class="compare"
            onSubmit={(event) => {
              event.preventDefault();
              const name = adding.value.trim();
              if (name !== '' && !compare.includes(name))
                setParams({ compare: [...compare, name].slice(0, 5).join(',') });
              adding.value = '';
            }}
          >
            <input
              aria-label="Compare with another symbol"
              placeholder="Compare with"
              value={adding.value}
              spellcheck={false}
              onInput={(event) => (adding.value = event.currentTarget.value)}
            />
          </form>
          <details class="menu">
            <summary class="button">Indicators{indicators.length > 0 ? ` · ${indicators.length}` : ''}</summary>
            <div>
              {INDICATORS.map(([name, label]) => (
                <label key={name}>
                  <input type="checkbox" checked={indicators.includes(name)} onChange={() => turn(name)} />
                  {label}
                </label>
              ))}
            </div>
          </details>
          <Segments label="Interval" value={interval} options={intervals.map((one) => [one, one])} choose={choose} />
          <button class="toggle" aria-pressed={log} onClick={turnLog} title="l">
            Log
          </button>
        </span>
      </div>
      <div class="symbol-columns">
        <div class="symbol-main">
          {compare.length > 0 && <Compared symbol={data.symbol} others={compare} />}
          <ChartPanel
            data={read}
            news={news}
            answer={answer}
            interval={interval}
            log={log}
            indicators={interval === '1d' ? indicators : []}
            chart={chart}
          />
          <Heatmap data={read} />
        </div>
        <Rail data={data} stand={stand} answer={answer} bring={(day) => chart.current?.bring(day)} />
      </div>
    </>
  );
}
