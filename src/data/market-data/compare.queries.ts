import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import { Injectable } from '@nestjs/common';
import { ApiError } from '../../base/errors.js';
import { LIMITS } from '../../base/limits.js';
import { compareTexts } from '../../base/text-order.js';
import { parseDay, startOfDay, type TimeWindow } from '../../base/time.js';
import { nameOf } from '../../contract/args.js';
import type { OwnerRows } from '../../lists/batches.js';
import { type List, ownersInTurn, type Statement } from '../../lists/list.js';
import { type Binding, type CursorShape, KEY, namesAsked } from '../../lists/page-token.js';
import { endAfter, maxDaysOf, positionOf, resolveWindow } from '../../lists/window.js';
import { placeholder, placeholderList } from '../../sql/template.js';
import { coMovement, type CoMovement, pairsOf, placed, type PlacedCloses } from '../derived/correlation.js';
import {
  annualVolatility,
  DAYS_OF_YEAR,
  deepest,
  drawdownsOf,
  growthRate,
  returnsOf,
  SESSIONS_OF_YEAR,
  totalReturn,
} from '../derived/performance.js';
import { DailyAggregate } from './aggregate.js';
import { shapeOf } from './aggregate-sources.js';
import { ClosesQueries, dayText, type SymbolCloses } from './closes.queries.js';
import { Align, type CompareArgs, type ComparedSymbol, type Correlation } from './compare.model.js';
import { type Bases, rebased, rebasedOf } from './compare.sql.js';
import type { Freshness } from './daily.model.js';
import type { DailySource } from './daily.sql.js';
import { daysAtMost, type DirectoryRow, newestOf } from './directory.js';
import { SymbolDirectory } from './symbol-directory.js';
import { isContinuous } from './symbols.queries.js';

/** Symbols that are compared, the rows of their closes, and what they did. */
export interface Comparison extends List {
  readonly window: TimeWindow;
  readonly freshness: Freshness;
  /** In alphabetical order, the benchmark among them. */
  readonly symbols: readonly DirectoryRow[];
  /** Of the symbols that were asked for, those that do not exist. */
  readonly unknown: string[];
  readonly benchmark: string | undefined;
  /** The closes of each symbol in the window. */
  readonly closes: readonly SymbolCloses[];
  /** The same as they are correlated, see {@link Align}. */
  readonly aligned: readonly PlacedCloses[];
}

/** Compares symbols with each other. */
@Injectable()
export class CompareQueries {
  constructor(
    private readonly aggregate: DailyAggregate,
    private readonly directory: SymbolDirectory,
    private readonly closes: ClosesQueries,
  ) {}

  /**
   * Compares some symbols in a window: a statement for each part of it, and those of the rows once they are read.
   * @param param  the name of the token's parameter
   * @throws ApiError symbol_not_found where the benchmark does not exist, or none of the symbols; limit_exceeded where
   *   they may have more days than can be compared
   */
  async compare(args: CompareArgs, param: string): Promise<Comparison> {
    const { benchmark, align } = args;
    const { rows, unknown } = await this.directory.resolve(args.symbols);
    const against = benchmark === undefined ? null : await this.directory.require(benchmark, nameOf(args, 'benchmark'));
    const symbols = against ? withSymbol(rows, against) : rows;
    const names = symbols.map(({ symbol }) => symbol);
    const shape: CursorShape = { key: [KEY.oneOf(names), KEY.day], maxDays: maxDaysOf(args, LIMITS.daysDays) };
    const binding = bindingOf(args);
    const { window, key } = positionOf(binding, shape, args.after, () => windowOf(symbols, args), param);
    requireFew(symbols, window, nameOf(args, 'symbols'));
    const { sources, freshness } = await this.aggregate.plan(window);
    const closes = await this.closes.of(names, sources);
    const values = { names, firsts: closes.map((of) => String(of.closes[0] ?? '')), base: args.base };
    const left = key ? names.slice(names.indexOf(key[0]!)) : names;
    const aligned = align === Align.OUTER ? placed(closes) : closes;
    const compared = { symbols, unknown, benchmark, closes, aligned, window, freshness };
    const list = { key: ['symbol', 'day'], binding, ...compared };
    const [only, ...others] = sources;
    if (left.length > 1 && !key && others.length === 0) {
      return { ...list, statements: [rebasedOfStatement(left, only!, values)] };
    }
    const rowsOf = (each: readonly DailySource[]): OwnerRows[] => each.map((source) => rebasedRows(source, values));
    const after = key && { from: startOfDay(parseDay(key[1]!)! + 1), to: window.to };
    const rest = after ? (await this.aggregate.plan(after)).sources : null;
    return { ...list, ...ownersInTurn(left, rowsOf(sources), rest && rowsOf(rest)) };
  }

  /** What each symbol did, in the order of the symbols. */
  async summary({ symbols, benchmark, closes, aligned }: Comparison): Promise<ComparedSymbol[]> {
    const against = aligned[symbols.findIndex(({ symbol }) => symbol === benchmark)];
    const rows: ComparedSymbol[] = [];
    for (const [i, symbol] of symbols.entries()) {
      await setImmediate();
      const together = against ? coMovement(pairsOf(aligned[i]!, against)) : null;
      rows.push(summaryOf(symbol, closes[i]!, together));
    }
    return rows;
  }

  /** The matrix of their correlations, row by row. */
  async correlations({ symbols, aligned }: Comparison): Promise<Correlation[]> {
    const above = new Map<string, CoMovement>();
    const rows: Correlation[] = [];
    for (const [i, { symbol }] of symbols.entries()) {
      await setImmediate();
      for (const [j, { symbol: other }] of symbols.entries()) {
        const found = above.get(`${j} ${i}`) ?? coMovement(pairsOf(aligned[i]!, aligned[j]!));
        above.set(`${i} ${j}`, found);
        const { correlation, returns, reason } = found;
        rows.push({ symbol, other, correlation, returns, reason });
      }
    }
    return rows;
  }
}

/** Symbols in alphabetical order, and one more where it is not among them. */
function withSymbol(rows: readonly DirectoryRow[], row: DirectoryRow): readonly DirectoryRow[] {
  if (rows.some(({ symbol }) => symbol === row.symbol)) return rows;
  return [...rows, row].sort((a, b) => compareTexts(a.symbol, b.symbol));
}

function bindingOf({ symbols, benchmark, start, end, base }: CompareArgs): Binding {
  return ['compare', namesAsked({ symbols }), benchmark, start, end, base];
}

function windowOf(symbols: readonly DirectoryRow[], args: CompareArgs): TimeWindow {
  return resolveWindow(args, {
    end: endAfter(Math.max(...symbols.map(newestOf))),
    days: LIMITS.defaultDays.daily,
    maxDays: LIMITS.daysDays,
  });
}

/** @throws ApiError limit_exceeded where symbols may have too many days with a bar in a window */
function requireFew(symbols: readonly DirectoryRow[], window: TimeWindow, param: string): void {
  const days = symbols.reduce((sum, row) => sum + daysAtMost(row, window), 0);
  if (days <= LIMITS.comparedDays) return;
  const detail = `The symbols may have ${days} days with a bar in the window, more than ${LIMITS.comparedDays}.`;
  throw new ApiError('limit_exceeded', detail, { param, hint: 'Ask for fewer symbols or a shorter window.' });
}

/** What the placeholders of a comparison stand for. */
interface Values {
  readonly names: readonly string[];
  readonly firsts: readonly string[];
  readonly base: number;
}

const BASES: Bases = {
  symbols: placeholderList('names'),
  closes: placeholderList('firsts'),
  base: sql<number>`${placeholder('base')}::float8`,
};

/** The rows of several symbols in one statement. */
function rebasedOfStatement(symbols: readonly string[], source: DailySource, values: Values): Statement {
  return {
    shape: ['rebasedOf', ...shapeOf(source)],
    rows: (_owner, limit) => rebasedOf(placeholderList('symbols'), source, BASES, limit),
    values: { ...values, symbols },
  };
}

/** The rows of a symbol. */
function rebasedRows(source: DailySource, values: Values): OwnerRows {
  return {
    shape: ['rebased', ...shapeOf(source)],
    rows: (symbol, limit) => rebased(symbol, source, BASES, limit),
    values: { ...values },
  };
}

function summaryOf(row: DirectoryRow, closes: SymbolCloses, together: CoMovement | null): ComparedSymbol {
  const { days, unusable } = closes;
  const periodsPerYear = isContinuous(row) ? DAYS_OF_YEAR : SESSIONS_OF_YEAR;
  const [worst] = deepest(drawdownsOf(closes), 1);
  return {
    symbol: row.symbol,
    days: days.length,
    unusableDays: unusable.length,
    firstDay: dayText(days[0]),
    lastDay: dayText(days.at(-1)),
    totalReturn: totalReturn(closes),
    cagr: growthRate(closes),
    volatility: annualVolatility(returnsOf(closes), periodsPerYear),
    periodsPerYear,
    maxDrawdown: worst?.depth ?? (days.length > 0 ? 0 : null),
    drawdownPeak: dayText(worst?.peak),
    drawdownTrough: dayText(worst?.trough),
    drawdownRecovery: dayText(worst?.recovery),
    beta: together?.beta ?? null,
    correlation: together?.correlation ?? null,
    commonReturns: together?.returns ?? null,
    reason: together?.reason ?? null,
  };
}
