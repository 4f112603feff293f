import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { type ApiError, invalid } from '../../base/errors.js';
import { nameOf } from '../../contract/args.js';
import { positionOf, resolveWindow } from '../../lists/window.js';
import { columnsOf } from '../../contract/wire.js';
import { undeclared } from '../../sql/columns.js';
import { Database } from '../../postgres/database.js';
import { type Binding, type CursorShape, KEY, type Key } from '../../lists/page-token.js';
import { type List, oneOff } from '../../lists/list.js';
import { type Page, pageOf } from '../../lists/page.js';
import { readObjects } from '../../lists/objects.js';
import { formatDay, parseDay, parseInstant, startOfDay, instantText, type TimeWindow } from '../../base/time.js';
import { attainable, fewest, periodOf } from './frequency.js';
import { Observation, type ObservationsArgs } from './observations.model.js';
import { observations, type Transformation, type Wanted } from './observations.sql.js';
import { knownBefore } from './known-then.js';
import type { KnownSpan } from './series.model.js';

const SERIES_ID = undeclared('seriesId', 'id');
/** The key of a list: a series can have several observations on a day. */
const AT = undeclared('at', 'text');

const TOKENS: CursorShape = { key: [KEY.instant], maxDays: Number.MAX_SAFE_INTEGER };

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
  plan(series: KnownSpan, args: ObservationsArgs, param: string): ObservationsPlan {
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
      ...(args.updatedAfter ? [args.updatedAfter] : []),
      ...(args.asOf === undefined ? [] : ['as_of', args.asOf]),
    ];
    const resolve = (): TimeWindow => windowOf(series, transformation, args);
    const { window, key } = positionOf(binding, TOKENS, args.after, resolve, param);
    const wanted = {
      seriesId: series.seriesId,
      window: narrow(window, key, args),
      fewest: transformation.method && args.frequency ? fewest(series.frequency, args.frequency) : 0,
    };
    return { window, binding, wanted, transformation };
  }

  /** The observations of one series. */
  list({ window, binding, wanted, transformation }: ObservationsPlan, { sort }: ObservationsArgs): List {
    const statement = oneOff((limit) => observations([wanted], transformation, sort, limit));
    return { statements: [statement], key: [AT.name], binding, window };
  }

  /** For each of several series, in their order, one page of observations; one statement for all. */
  async pages(plans: readonly ObservationsPlan[], args: ObservationsArgs): Promise<Page<Observation>[]> {
    const limit = args.first as number;
    const distinct = new Map(plans.map((plan) => [plan.wanted.seriesId, plan]));
    const alike = Map.groupBy(distinct.values(), ({ transformation }) => JSON.stringify(transformation));
    const parts = [...alike.values()].map((group) =>
      observations(
        group.map((plan) => plan.wanted),
        group[0]!.transformation,
        args.sort,
        sql.val(limit + 1),
      ),
    );
    const together = sql`(${sql.join(parts, sql` union all `)})`;
    const columns = [SERIES_ID, ...columnsOf(Observation), AT];
    const read = await readObjects<Observation & { seriesId: string }>(this.db, together, columns);
    const rows = Map.groupBy(read, (row) => row.seriesId);
    return plans.map(({ wanted, binding, window }) =>
      pageOf<Observation>(rows.get(wanted.seriesId) ?? [], limit, { binding, window }, (row) => [row.at]),
    );
  }
}

/**
 * What is made of a series' observations. What makes no difference is left out, so that more series share a statement.
 */
function transformationOf(series: KnownSpan, args: ObservationsArgs): Transformation {
  const { units, frequency: target, aggregationMethod, asOf, updatedAfter } = args;
  const known = { knownBefore: asOf === undefined ? null : knownBefore(asOf) };
  const native = series.frequency;
  if (target !== undefined) {
    const allowed = attainable(native);
    if (!allowed.includes(target)) {
      throw invalid(
        'frequency',
        `frequency ${target} is higher than that of ${series.seriesId}, which is ${String(native)}.`,
        {
          allowed,
        },
      );
    }
    if (target !== native) {
      if (updatedAfter !== undefined) throw notOfLevels(args);
      return { ...known, units, frequency: target, method: aggregationMethod };
    }
  }
  if (updatedAfter !== undefined) {
    if (units !== 'lin') throw notOfLevels(args);
    return { ...known, units, frequency: null, method: null, updatedAfter: instantText(updatedAfter) };
  }
  return { ...known, units, frequency: units === 'lin' || units === 'log' ? null : native, method: null };
}

function notOfLevels(args: ObservationsArgs): ApiError {
  const param = nameOf(args, 'updatedAfter');
  return invalid(param, `${param} goes with levels: what is made of several observations has no time of its own.`);
}

/** The window that the arguments mean; without bounds, all that the series has or had. */
function windowOf(series: KnownSpan, { frequency, method }: Transformation, args: ObservationsArgs): TimeWindow {
  const dated = (day: string): number => (method && frequency ? periodOf(parseDay(day)!, frequency) : parseDay(day)!);
  // Nothing is known of a series without days: the day as of which it is asked is as good as any.
  const then = args.asOf?.slice(0, 10) ?? '';
  const first = Math.min(dated(series.firstDate ?? then), args.end === undefined ? Infinity : parseDay(args.end)!);
  return resolveWindow(
    { start: args.start ?? formatDay(first), end: args.end },
    { end: startOfDay(dated(series.lastDate ?? then) + 1), days: 0, maxDays: Number.MAX_SAFE_INTEGER },
  );
}

/** The rest of a window after the instant where the page before ended. */
function narrow(window: TimeWindow, key: Key | null, { sort }: ObservationsArgs): TimeWindow {
  if (!key) return window;
  const at = parseInstant(key[0]!)!;
  return sort === 'asc' ? { from: at + 1n, to: window.to } : { from: window.from, to: at };
}
