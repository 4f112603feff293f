import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { createChart, LineSeries, LineStyle } from 'lightweight-charts';
import { Compare } from '../../api/operations';
import { useRead } from '../../api/read';
import { percent } from '../../format/numbers';
import { addDays, today } from '../../format/time';
import { param, setParams } from '../../state/route';
import { colour, theme } from '../../state/theme';
import { Panel, Segments, Waiting } from '../../ui/faces';
import { lineColour } from './chart';

const SPANS = { '90': '3 months', '365': '1 year', '1825': '5 years' };
const STYLES = [LineStyle.Solid, LineStyle.Dashed, LineStyle.Dotted, LineStyle.LargeDashed, LineStyle.SparseDotted];

/** Symbols beside each other, each begun at 100. */
export function Compared(props: { readonly symbol: string; readonly others: readonly string[] }): JSX.Element {
  const symbols = [props.symbol, ...props.others];
  const span = param('span') || '365';
  const variables = useMemo(
    () => ({ symbols, start: addDays(today(), -(Number(span) || 365)) }),
    [symbols.join(), span],
  );
  const read = useRead(Compare, variables);
  const data = read.answer.value?.data.compare;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!data || !box.current) return;
    const chart = createChart(box.current, {
      autoSize: true,
      layout: {
        attributionLogo: false,
        fontFamily: 'Inter, system-ui, sans-serif',
        fontSize: 11,
        background: { color: colour('panel') },
        textColor: colour('text-2'),
      },
      grid: { vertLines: { color: colour('line') }, horzLines: { color: colour('line') } },
      timeScale: { borderVisible: false },
      rightPriceScale: { borderVisible: false, minimumWidth: 64 },
    });
    const { symbol, day, value } = data.columns;
    symbols.forEach((name, i) => {
      const line = chart.addSeries(LineSeries, {
        color: colour(lineColour(i)),
        lineStyle: STYLES[i % STYLES.length]!,
        lineWidth: 2,
        priceLineVisible: false,
      });
      const points = symbol.flatMap((one, at) =>
        one === name && value[at] !== null ? [{ time: day[at]!, value: value[at]! }] : [],
      );
      line.setData(points);
    });
    chart.timeScale().fitContent();
    return () => chart.remove();
  }, [data, theme.value]);
  const without = (name: string): void => setParams({ compare: props.others.filter((one) => one !== name).join(',') });
  return (
    <Panel
      title="Beside each other"
      class="compared"
      remark={
        <Segments
          label="Span"
          value={span as keyof typeof SPANS}
          options={Object.entries(SPANS) as [keyof typeof SPANS, string][]}
          choose={(one) => setParams({ span: one === '365' ? '' : one })}
        />
      }
    >
      <div class="legend">
        {symbols.map((name, i) => {
          const one = data?.summary?.find(({ symbol }) => symbol === name);
          return (
            <span key={name} class={`of-line line-${lineColour(i)}`}>
              {name} {one ? percent(one.totalReturn) : data?.unknown.includes(name) ? 'does not exist' : ''}
              {i > 0 && (
                <button class="plain" aria-label={`Without ${name}`} onClick={() => without(name)}>
                  ×
                </button>
              )}
            </span>
          );
        })}
        <span class="quiet">each begun at 100</span>
      </div>
      {data ? <div ref={box} class="canvas short" /> : <Waiting read={read} rows={6} />}
    </Panel>
  );
}
