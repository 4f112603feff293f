import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { digits, short } from '../../format/numbers';
import { colour, theme } from '../../state/theme';

/** A date and its value. */
export type Point = readonly [date: string, value: string | null];

interface Props {
  readonly name: string;
  readonly points: readonly Point[];
  readonly second: { readonly name: string; readonly points: readonly Point[] } | null;
  /** Whether both have the same unit, and so one axis. */
  readonly together: boolean;
  /** Is told the date under the pointer; empty for none. */
  readonly point: (date: string) => void;
}

const seconds = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 1000;
const label = (value: number): string =>
  Math.abs(value) >= 100_000 ? short(value) : digits(value, Math.abs(value) < 10 && value % 1 !== 0 ? 2 : 0);

/** Series on one time axis; values that are missing break the line. */
export function Lines({ name, points, second, together, point }: Props): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const place = box.current!;
    const dates = [...new Set([...points, ...(second?.points ?? [])].map(([date]) => date))].sort();
    const column = (some: readonly Point[]): (number | null | undefined)[] => {
      const values = new Map(some);
      // Undefined lets a line pass where the other series has a date; null breaks it.
      return dates.map((date) => {
        const value = values.get(date);
        return value === undefined ? undefined : value === null ? null : Number(value);
      });
    };
    const axis = (tone: string, scale?: string): uPlot.Axis => ({
      stroke: colour(tone),
      grid: { stroke: colour('line'), width: 1, show: scale !== 'second' },
      ticks: { show: false },
      font: '11px Inter, system-ui, sans-serif',
      ...(scale ? { scale } : {}),
    });
    const values = (_: uPlot, ticks: number[]): string[] => ticks.map(label);
    const scaleOf = together ? 'y' : 'second';
    const size = (): { width: number; height: number } => ({ width: place.clientWidth, height: place.clientHeight });
    const plot = new uPlot(
      {
        ...size(),
        tzDate: (at) => uPlot.tzDate(new Date(at * 1000), 'UTC'),
        legend: { show: false },
        cursor: { y: false, points: { size: 6 }, drag: { x: true, y: false } },
        padding: [12, 16, 4, 4],
        scales: { x: { time: true } },
        axes: [
          axis('text-2'),
          { ...axis('text-2', 'y'), size: 64, values },
          // 1 is the right side: uPlot has it as a const enum in its types only.
          // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
          ...(second && !together ? [{ ...axis('warn', 'second'), side: 1 as const, size: 64, values }] : []),
        ],
        series: [
          {},
          { label: name, stroke: colour('accent'), width: 1.5, scale: 'y', points: { show: false }, spanGaps: false },
          ...(second
            ? [
                {
                  label: second.name,
                  stroke: colour('warn'),
                  width: 1.5,
                  dash: [6, 4],
                  scale: scaleOf,
                  points: { show: false },
                },
              ]
            : []),
        ],
        hooks: {
          drawAxes: [
            (drawn) => {
              const { min = 0, max = 0 } = drawn.scales.y ?? {};
              if (min >= 0 || max <= 0) return;
              const y = drawn.valToPos(0, 'y', true);
              drawn.ctx.strokeStyle = colour('text-3');
              drawn.ctx.lineWidth = 1;
              drawn.ctx.beginPath();
              drawn.ctx.moveTo(drawn.bbox.left, y);
              drawn.ctx.lineTo(drawn.bbox.left + drawn.bbox.width, y);
              drawn.ctx.stroke();
            },
          ],
          setCursor: [
            (drawn) =>
              point(drawn.cursor.idx === null || drawn.cursor.idx === undefined ? '' : (dates[drawn.cursor.idx] ?? '')),
          ],
        },
      },
      [dates.map(seconds), column(points), ...(second ? [column(second.points)] : [])],
      place,
    );
    const seen = new ResizeObserver(() => plot.setSize(size()));
    seen.observe(place);
    return () => {
      seen.disconnect();
      plot.destroy();
      point('');
    };
  }, [name, points, second?.points, together, theme.value]);
  return (
    <div ref={box} class="plot" role="img" aria-label={`${name}${second ? ` and ${second.name}` : ''} over time`} />
  );
}
