import { Injectable } from '@nestjs/common';
import { compareTexts } from '../../base/text-order.js';
import { clip, dayOf, EVER, formatDay, parseDay, parseInstant, spanning, type TimeWindow } from '../../base/time.js';
import { type List, oneOff, type Statement } from '../../lists/list.js';
import { type Binding, type CursorShape, KEY } from '../../lists/page-token.js';
import { positionOf } from '../../lists/window.js';
import { Align, type ManySeriesArgs } from './many-series.model.js';
import { wideObservations } from './many-series.sql.js';
import { type ObservationsPlan, ObservationsQueries } from './observations.queries.js';
import { observations } from './observations.sql.js';
import type { KnownSpan } from './series.model.js';
import { checkedId, SeriesQueries } from './series.queries.js';

/** Names of the columns that order the observations of several series. */
export const MANY_SERIES_KEY = ['series_id', 'at'];

/** Series that were asked for, in alphabetical order, and the names that no series has. */
export interface AskedSeries {
  readonly series: readonly KnownSpan[];
  readonly unknown: readonly string[];
}

/** A list of the observations of several series, and the window of all of them. */
export type ManySeriesList = List & { readonly window: TimeWindow };

/** The observations of several series: one after the other, or side by side. */
@Injectable()
export class ManySeriesQueries {
  constructor(
    private readonly series: SeriesQueries,
    private readonly observations: ObservationsQueries,
  ) {}

  /**
   * The series of a list.
   * @throws ApiError series_not_found where none of them exists, with the names nearest to the first
   */
  async resolve({ series: names, asOf }: ManySeriesArgs): Promise<AskedSeries> {
    const ids = [...new Set(names.map((name) => checkedId(name, 'series')))];
    const found = await this.series.spans(ids);
    const known = ids.filter((id) => found.has(id)).sort(compareTexts);
    if (known.length === 0) await this.series.refuse(ids[0]!, 'series');
    const series = asOf === undefined ? known.map((id) => found.get(id)!) : await this.series.spansKnown(known, asOf);
    return { series, unknown: ids.filter((id) => !found.has(id)) };
  }

  /** The observations of series after series, in their order. */
  long({ series }: AskedSeries, args: ManySeriesArgs, param: string): ManySeriesList {
    const ids = series.map(({ seriesId }) => seriesId);
    const plans = this.#plans(series, args);
    const tokens: CursorShape = { key: [KEY.oneOf(ids), KEY.instant], maxDays: Number.MAX_SAFE_INTEGER };
    const binding = bindingOf('observations_of', args);
    const { window, key } = positionOf(
      binding,
      tokens,
      args.after,
      () => spanning(plans.map((plan) => plan.window)),
      param,
    );
    const left = key ? plans.slice(ids.indexOf(key[0]!)) : plans;
    const statements = left.map(({ wanted, transformation }, i): Statement => {
      // A series may have begun or ended since the first page resolved the window.
      const whole = clip(wanted.window, window) ?? { from: window.from, to: window.from };
      const at = i === 0 && key ? parseInstant(key[1]!)! : null;
      const rest = at === null ? whole : args.sort === 'asc' ? { ...whole, from: at + 1n } : { ...whole, to: at };
      return oneOff((limit) => observations([{ ...wanted, window: rest }], transformation, args.sort, limit));
    });
    return { statements, key: MANY_SERIES_KEY, binding, window };
  }

  /** The values of the series side by side, date by date. */
  wide({ series }: AskedSeries, args: ManySeriesArgs, param: string): ManySeriesList {
    const ids = series.map(({ seriesId }) => seriesId);
    const plans = this.#plans(series, args);
    const binding = bindingOf('observations_wide', args);
    const tokens: CursorShape = { key: [KEY.day], maxDays: Number.MAX_SAFE_INTEGER };
    const { window, key } = positionOf(
      binding,
      tokens,
      args.after,
      () => spanning(plans.map((plan) => plan.window)),
      param,
    );
    const [first, last] = [dayOf(window.from), dayOf(window.to - 1n)];
    const at = key ? parseDay(key[0]!)! : null;
    const dates = {
      first: formatDay(at !== null && args.sort === 'asc' ? at + 1 : first),
      last: formatDay(at !== null && args.sort === 'desc' ? at - 1 : last),
    };
    // What is carried forward may have been observed before the window.
    const from = args.align === Align.LOCF ? EVER.from : window.from;
    const read = { from, to: window.to };
    const alike = Map.groupBy(plans, ({ transformation }) => JSON.stringify(transformation));
    const rows = [...alike.values()].map((group) =>
      observations(
        group.map(({ wanted }) => ({ ...wanted, window: read })),
        group[0]!.transformation,
        'asc',
        null,
      ),
    );
    const statement = oneOff((limit) => wideObservations(rows, ids, dates, args.align, args.sort, limit));
    return { statements: [statement], key: ['date'], binding, window };
  }

  #plans(series: readonly KnownSpan[], args: ManySeriesArgs): ObservationsPlan[] {
    return series.map((each) => this.observations.plan(each, { ...args, after: undefined }, 'page_token'));
  }
}

function bindingOf(kind: string, args: ManySeriesArgs): Binding {
  const { start, end, units, frequency, aggregationMethod, sort, align, asOf, updatedAfter } = args;
  const names = [...new Set(args.series)].sort();
  return [kind, names, start, end, units, frequency, aggregationMethod, sort, align, asOf, updatedAfter];
}
