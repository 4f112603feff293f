import { Injectable } from '@nestjs/common';
import { invalid } from '../common/errors.js';
import { positionOf, resolveWindow } from '../common/window.js';
import { type Column, columnsOf } from '../common/wire.js';
import { build } from '../database/build.js';
import { Database } from '../database/database.js';
import type { Binding, Key } from '../database/keyset.js';
import { type List, type Page, pageOf } from '../database/list.js';
import { renderRows } from '../database/render.js';
import { parseDay, parseEnd, startOfDay, type TimeWindow } from '../database/time.js';
import { attainable, fewest, periodOf } from './frequency.js';
import { Observation, type ObservationsArgs } from './observations.model.js';
import { observations, type Transformation, type Wanted } from './observations.sql.js';
import type { SeriesSpan } from './series.model.js';

/** 9999-12-31: an instant after it has a year of five digits, which no text of ours can hold. */
const LATEST = startOfDay(2_932_896);

const SERIES_ID: Column = { property: 'seriesId', name: 'series_id', kind: 'id', nullable: false, description: '' };

/** A list of observations before anybody asked for a page of it. */
export interface ObservationsPlan {
  /** The whole window, which later pages keep. */
  readonly window: TimeWindow;
  readonly binding: Binding;
  /** What is left of the window. */
  readonly wanted: Wanted;
  readonly transformation: Transformation;
}

/** The observations of series: as they were written, or aggregated and in other units. */
@Injectable()
export class ObservationsQueries {
  constructor(private readonly db: Database) {}

  /**
   * What the arguments mean for a series; no statement runs.
   * @throws ApiError invalid_parameter where the frequency is higher than the native one or the window is empty
   */
  plan(series: SeriesSpan, args: ObservationsArgs, param: string): ObservationsPlan {
    const transformation = transformationOf(series, args);
    const binding: Binding = [
      'observations',
      series.seriesId,
      args.start,
      args.end,
      args.units,
      args.frequency,
      args.aggregationMethod,
      args.sort,
    ];
    const { window, key } = positionOf(binding, args.after, () => windowOf(series, transformation, args), param);
    const wanted = {
      seriesId: series.seriesId,
      window: narrow(window, key, args),
      fewest: transformation.method && args.frequency ? fewest(series.frequency, args.frequency) : 0,
    };
    return { window, binding, wanted, transformation };
  }

  /** The observations of one series. */
  list({ window, binding, wanted, transformation }: ObservationsPlan, { sort }: ObservationsArgs): List {
    const statement = (limit: number | null) => observations([wanted], transformation, sort, limit);
    return { statements: [statement], key: ['date'], binding, window };
  }

  /**
   * For each of several series, in their order, one page of observations. One statement for all whose values are
   * compared alike: levels, logarithms and aggregated values always, native ones at each frequency.
   */
  async pages(plans: readonly ObservationsPlan[], args: ObservationsArgs): Promise<Page<Observation>[]> {
    const limit = args.first as number;
    const columns = [SERIES_ID, ...columnsOf(Observation)];
    const rows = new Map<string, Observation[]>();
    const distinct = new Map(plans.map((plan) => [plan.wanted.seriesId, plan]));
    const groups = Map.groupBy(distinct.values(), ({ transformation }) => JSON.stringify(transformation));
    const read = async (group: ObservationsPlan[]): Promise<void> => {
      const wanted = group.map((plan) => plan.wanted);
      const statement = observations(wanted, group[0]!.transformation, args.sort, limit + 1);
      const found = await this.db.rows(
        renderRows<Observation & { seriesId: string }>(statement, columns).compile(build),
      );
      for (const [id, list] of Map.groupBy(found, (row) => row.seriesId)) rows.set(id, list);
    };
    await Promise.all([...groups.values()].map(read));
    return plans.map(({ wanted, binding, window }) =>
      pageOf(rows.get(wanted.seriesId) ?? [], limit, { binding, window }, (row) => [row.date]),
    );
  }
}

/** What is made of a series' observations. What makes no difference is left out, so that more series share a statement. */
function transformationOf(series: SeriesSpan, args: ObservationsArgs): Transformation {
  const { units, frequency: target, aggregationMethod } = args;
  const native = series.frequency;
  if (target !== undefined) {
    const allowed = attainable(native);
    if (!allowed.includes(target)) {
      throw invalid('frequency', `frequency ${target} is higher than that of ${series.seriesId}, which is ${native}.`, {
        allowed,
      });
    }
    if (target !== native) return { units, frequency: target, method: aggregationMethod };
  }
  return { units, frequency: units === 'lin' || units === 'log' ? null : native, method: null };
}

/** The window that the arguments mean; without bounds, all that the series has. */
function windowOf(series: SeriesSpan, { frequency, method }: Transformation, args: ObservationsArgs): TimeWindow {
  const dated = (day: string): bigint => startOfDay(parseDay(method && frequency ? periodOf(day, frequency) : day)!);
  const [first, end] = [dated(series.firstDate), dated(series.lastDate) + startOfDay(1)];
  const asked = args.end === undefined ? end : parseEnd(args.end)!;
  const { from, to } =
    args.start === undefined
      ? { from: first < asked ? first : asked - startOfDay(1), to: asked }
      : resolveWindow(args, { end, days: 1, maxDays: Number.MAX_SAFE_INTEGER });
  return { from, to: to < LATEST ? to : LATEST };
}

/** The rest of a window after the date where the page before ended. */
function narrow(window: TimeWindow, key: Key | null, { sort }: ObservationsArgs): TimeWindow {
  if (!key) return window;
  const day = startOfDay(parseDay(key[0]!)!);
  return sort === 'asc' ? { from: day + startOfDay(1), to: window.to } : { from: window.from, to: day };
}
