import { Injectable } from '@nestjs/common';
import { LIMITS } from '../common/limits.js';
import { resolveWindow } from '../common/window.js';
import { Database } from '../database/database.js';
import { fromTemplate, listHole } from '../database/template.js';
import { dayOf, daysWindow, now, startOfDay, type TimeWindow } from '../database/time.js';
import { DailyAggregate } from './aggregate.js';
import { sourceOf } from './aggregate-sources.js';
import { freshnessOf } from './aggregate-state.js';
import type { Freshness } from './daily.model.js';
import { shapeOf } from './daily.queries.js';
import type { DirectoryRow } from './directory.sql.js';
import type { ExcludedDay, Gap, GapReport, GapsArgs } from './gaps.model.js';
import { ACTIVE_AROUND_DAYS, type GapRow, gaps, type Naming } from './gaps.sql.js';
import { SymbolDirectory } from './symbol-directory.js';

/** The gap statement's rows, and the days that were asked. */
export interface Gaps {
  readonly rows: GapRow[];
  readonly window: TimeWindow;
  readonly freshness: Freshness;
}

/** Which expected days have no bar. */
@Injectable()
export class GapsQueries {
  constructor(
    private readonly db: Database,
    private readonly aggregate: DailyAggregate,
    private readonly directory: SymbolDirectory,
  ) {}

  /** Gaps of each symbol, in the order of the symbols, in one statement. Today is never expected. */
  async find(symbols: readonly DirectoryRow[], args: GapsArgs, naming: Naming): Promise<Gaps> {
    const window = resolveWindow(args, {
      end: startOfDay((await this.directory.newestDay()) + 1),
      days: LIMITS.defaultDays.gaps,
      maxDays: LIMITS.daysDays,
    });
    const days = { first: dayOf(window.from), last: Math.min(dayOf(window.to) - 1, dayOf(now()) - 1) };
    const asked = daysWindow(days.first, Math.max(days.first, days.last));
    const around = daysWindow(days.first - ACTIVE_AROUND_DAYS, Math.max(days.first, days.last) + ACTIVE_AROUND_DAYS);
    const state = await this.aggregate.state();
    const market = args.calendar === 'observed' ? sourceOf(state, around) : null;
    const source = sourceOf(state, asked);
    const asks = { names: listHole('names'), firstDays: listHole('firstDays'), lastDays: listHole('lastDays') };
    const statement = fromTemplate(
      [
        'gaps',
        naming,
        args.calendar,
        days.first,
        days.last,
        ...shapeOf(source),
        '|',
        ...(market ? shapeOf(market) : []),
      ],
      () => gaps(asks, days, args.calendar, source, market, naming),
      {
        names: symbols.map((row) => row.symbol),
        firstDays: symbols.map((row) => row.firstDay),
        lastDays: symbols.map((row) => row.lastDay),
      },
    );
    return { rows: await this.db.rows(statement), window, freshness: freshnessOf(state, window) };
  }

  /** For each of several symbols, in their order, its gap report. */
  async reports(symbols: readonly DirectoryRow[], args: GapsArgs): Promise<GapReport[]> {
    const { rows, window, freshness } = await this.find(symbols, args, 'property');
    const reports = new Map(
      rows.map((row) => [
        row.symbol,
        {
          ...row,
          gaps: JSON.parse(row.gaps) as Gap[],
          excluded: JSON.parse(row.excluded) as ExcludedDay[],
          freshness,
          window,
        },
      ]),
    );
    return symbols.map(({ symbol }) => reports.get(symbol)!);
  }
}
