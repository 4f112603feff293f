import {
  type CandlestickData,
  type HistogramData,
  type WhitespaceData,
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  CrosshairMode,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineSeries,
  LineStyle,
  PriceScaleMode,
  type SeriesMarker,
  type Time,
} from 'lightweight-charts';
import { digitsOf, price, short } from '../../format/numbers';
import { colour } from '../../state/theme';
import type { ChartBar } from './history';

/** A line beside or below the candles. */
export interface Overlay {
  readonly name: string;
  readonly points: readonly { readonly time: string; readonly value: number | null }[];
  /** 0 for the pane of the price. */
  readonly pane: number;
  readonly histogram?: boolean;
}

/** An event at a bar. */
export interface Mark {
  readonly time: string | number;
  readonly letter: string;
}

const COLOURS = ['accent', 'warn', 'up', 'text-2', 'down', 'closes'];
/** The colour of the line at a place in a list. */
export const lineColour = (i: number): string => COLOURS[i % COLOURS.length]!;

/** Candles, volume, missing days, events and lines on one canvas. */
export class Chart {
  private readonly chart: IChartApi;
  private readonly gaps: ISeriesApi<'Histogram'>;
  private readonly candles: ISeriesApi<'Candlestick'>;
  private readonly volume: ISeriesApi<'Histogram'>;
  private readonly lane: ISeriesApi<'Line'>;
  private readonly marks: ISeriesMarkersPluginApi<Time>;
  private lines: ISeriesApi<'Line' | 'Histogram'>[] = [];
  private bars: readonly ChartBar[] = [];
  private readonly places = new Map<string | number, number>();
  private at = -1;

  /**
   * @param point  is told the place of the bar under the pointer; -1 for none
   */
  constructor(
    private readonly box: HTMLElement,
    point: (place: number) => void,
  ) {
    this.chart = createChart(box, {
      autoSize: true,
      layout: { attributionLogo: false, fontFamily: 'Inter, system-ui, sans-serif', fontSize: 11 },
      crosshair: { mode: CrosshairMode.Magnet },
      timeScale: { borderVisible: false, minBarSpacing: 0.5, rightOffset: 4 },
      rightPriceScale: { borderVisible: false, minimumWidth: 64 },
      handleScale: { axisPressedMouseMove: true },
    });
    const full = { priceScaleId: 'full', lastValueVisible: false, priceLineVisible: false } as const;
    const unit = { autoscaleInfoProvider: () => ({ priceRange: { minValue: 0, maxValue: 1 } }) };
    this.gaps = this.chart.addSeries(HistogramSeries, { ...full, ...unit });
    this.candles = this.chart.addSeries(CandlestickSeries, { priceLineVisible: false });
    this.lane = this.chart.addSeries(LineSeries, {
      ...full,
      ...unit,
      lineVisible: false,
      crosshairMarkerVisible: false,
    });
    this.volume = this.chart.addSeries(
      HistogramSeries,
      { ...VOLUME, priceLineVisible: false, lastValueVisible: false },
      1,
    );
    this.marks = createSeriesMarkers(this.lane, []);
    this.chart.priceScale('full').applyOptions({ scaleMargins: { top: 0, bottom: 0 }, visible: false });
    this.chart.priceScale('right').applyOptions({ scaleMargins: { top: 0.06, bottom: 0.12 } });
    this.chart.panes()[1]?.setHeight(90);
    this.chart.subscribeCrosshairMove(({ time }) => {
      const place = time === undefined ? undefined : this.places.get(time as string | number);
      this.at = place ?? -1;
      point(this.at);
    });
    this.paint();
  }

  /** Takes the colours of the theme. */
  paint(): void {
    const [panel, line, up] = [colour('panel'), colour('line'), colour('up')];
    this.chart.applyOptions({
      layout: {
        background: { color: panel },
        textColor: colour('text-2'),
        panes: { separatorColor: line, separatorHoverColor: line },
      },
      grid: { vertLines: { color: line }, horzLines: { color: line } },
      crosshair: {
        vertLine: { color: colour('text-3'), labelBackgroundColor: colour('text-2') },
        horzLine: { color: colour('text-3'), labelBackgroundColor: colour('text-2') },
      },
    });
    this.candles.applyOptions({
      upColor: panel,
      borderUpColor: up,
      wickUpColor: up,
      downColor: colour('down-body'),
      borderDownColor: colour('down-body'),
      wickDownColor: colour('down'),
    });
    this.volume.applyOptions({ color: colour('whole') });
    this.gaps.applyOptions({ color: colour('missing-ground') });
  }

  /** Shows bars. Where they are other ones than before, the newest hundred and eighty or so come into sight. */
  show(bars: readonly ChartBar[], fresh: boolean): void {
    this.bars = bars;
    this.places.clear();
    bars.forEach(({ time }, i) => this.places.set(time, i));
    const last = Number(bars.findLast(({ close }) => close !== null)?.close ?? 1);
    const count = Math.min(8, digitsOf(last));
    this.candles.applyOptions({
      priceFormat: { type: 'custom', minMove: 10 ** -count, formatter: (value: number) => price(value) },
    });
    this.candles.setData(bars.map(candleOf));
    this.volume.setData(bars.map(columnOf));
    this.gaps.setData(bars.filter(({ missing }) => missing).map(({ time }) => ({ time: time as Time, value: 1 })));
    this.chart.applyOptions({ timeScale: { timeVisible: typeof bars[0]?.time === 'number' } });
    if (fresh) this.near(bars.length - 1);
  }

  /** Shows bars of which only the last one is another than before, or is new. */
  last(bars: readonly ChartBar[]): void {
    const { at } = this;
    const bar = bars.at(-1)!;
    this.bars = bars;
    this.places.set(bar.time, bars.length - 1);
    const candle = candleOf(bar);
    if (!('open' in candle)) return;
    this.candles.update(candle);
    if (bar.volume !== null) this.volume.update(columnOf(bar));
    // Who reads a bar goes on reading it.
    if (at >= 0) this.chart.setCrosshairPosition(Number(bars[at]!.close ?? 0), bars[at]!.time as Time, this.candles);
  }

  private near(end: number): void {
    const count = Math.max(30, Math.min(180, Math.floor(this.box.clientWidth / 6)));
    this.chart.timeScale().setVisibleLogicalRange({ from: end - count + 0.5, to: end + 4 });
  }

  /** Marks events in a lane at the foot of the price's pane. */
  mark(marks: readonly Mark[]): void {
    const times = [...new Set(marks.map(({ time }) => time))];
    this.lane.setData(times.map((time) => ({ time: time as Time, value: 0.05 })));
    const letters = marks.length < 60;
    this.marks.setMarkers(
      marks.map(({ time, letter }): SeriesMarker<Time> => ({
        time: time as Time,
        position: 'inBar',
        shape: 'circle',
        size: 0.5,
        color: colour('accent'),
        ...(letters ? { text: letter } : {}),
      })),
    );
  }

  /** Draws lines in place of those before. */
  overlay(overlays: readonly Overlay[]): void {
    for (const line of this.lines) this.chart.removeSeries(line);
    const none = { priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false };
    this.lines = overlays.map(({ points, pane, histogram }, i) => {
      const tone = colour(lineColour(i));
      const line = histogram
        ? this.chart.addSeries(HistogramSeries, { ...none, color: colour('whole') }, pane)
        : this.chart.addSeries(LineSeries, { ...none, color: tone, lineWidth: 1, lineStyle: styleOf(i) }, pane);
      line.setData(
        points
          .filter(({ time }) => this.places.has(time))
          .map(({ time, value }) => (value === null ? { time: time as Time } : { time: time as Time, value })),
      );
      return line;
    });
    for (const pane of this.chart.panes().slice(1)) pane.setHeight(90);
  }

  /** Logarithmic or not. */
  log(on: boolean): void {
    const mode = on ? PriceScaleMode.Logarithmic : PriceScaleMode.Normal;
    this.chart.priceScale('right').applyOptions({ mode });
  }

  /** Goes so many bars on, as the keyboard does. */
  step(by: number): void {
    const last = this.bars.length - 1;
    this.point(Math.max(0, Math.min(last, (this.at < 0 ? last : this.at) + by)));
  }

  /** Brings a day into the middle. */
  bring(day: string): void {
    const place = this.bars.findIndex(({ at }) => at.slice(0, 10) >= day);
    if (place < 0) return;
    this.near(Math.min(this.bars.length - 1, place + 60));
    this.point(place);
  }

  private point(place: number): void {
    const bar = this.bars[place];
    if (!bar) return;
    this.at = place;
    const range = this.chart.timeScale().getVisibleLogicalRange();
    if (range && (place < range.from || place > range.to)) this.near(place + 20);
    this.chart.setCrosshairPosition(Number(bar.close ?? 0), bar.time as Time, this.candles);
  }

  /** Gives the canvas back. */
  close(): void {
    this.chart.remove();
  }
}

const VOLUME = { priceFormat: { type: 'custom', formatter: (value: number) => short(value), minMove: 1 } } as const;

/** A bar as a candle; nothing stands at its time where it has none. */
function candleOf({ time, open, high, low, close }: ChartBar): CandlestickData | WhitespaceData {
  return open === null || high === null || low === null || close === null
    ? { time: time as Time }
    : { time: time as Time, open: +open, high: +high, low: +low, close: +close };
}

/** The volume of a bar as a column. */
function columnOf({ time, volume }: ChartBar): HistogramData | WhitespaceData {
  return volume === null ? { time: time as Time } : { time: time as Time, value: +volume };
}

const styleOf = (i: number): LineStyle => [LineStyle.Solid, LineStyle.Dashed, LineStyle.Dotted][i % 3]!;
