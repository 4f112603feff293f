import { Injectable } from '@nestjs/common';
import { compareTexts } from '../../base/text-order.js';
import { LIMITS } from '../../base/limits.js';
import { type Binding, type CursorShape, decodeCursor, KEY } from '../../lists/page-token.js';
import { type Page, pageOf } from '../../lists/page.js';
import { formatDay, formatInstant } from '../../base/time.js';
import { KindsOfBars } from './bar-kinds.js';
import type { DirectoryRow } from './directory.js';
import { SymbolDirectory } from './symbol-directory.js';
import type { MarketSymbol, SymbolsArgs } from './symbols.model.js';

const TOKENS: CursorShape = { key: [KEY.text(LIMITS.symbolLength)], maxDays: null };

/**
 * Fewest days that tell whether a symbol trades on weekends, and which share of them lies on weekends then (2 of 7).
 */
const [FEWEST_DAYS, WEEKEND_SHARE] = [14, 0.23];
/** Days before the newest of the market without a bar from which a symbol has ended. */
const ENDED_DAYS = 14;

/** The list of symbols, out of the directory. */
@Injectable()
export class SymbolsQueries {
  constructor(
    private readonly directory: SymbolDirectory,
    private readonly kinds: KindsOfBars,
  ) {}

  /** What there is to know of some symbols, in their order; some statements a year for those not asked about lately. */
  async describe(rows: readonly DirectoryRow[]): Promise<MarketSymbol[]> {
    const kinds = await this.kinds.of(rows);
    const ended = formatDay((await this.directory.newestDay()) - ENDED_DAYS);
    return rows.map((row) => {
      const { timeframes, sources, priceDecimals, asOf } = kinds.get(row.symbol)!;
      return {
        ...row,
        isContinuous: isContinuous(row),
        hasEnded: hasEnded(row, ended),
        timeframes: [...timeframes],
        sources: [...sources],
        priceDecimals,
        asOf: formatInstant(asOf),
      };
    });
  }

  /** One page of symbols in alphabetical order; no statement runs while the directory is fresh. */
  async page(args: SymbolsArgs, param: string): Promise<Page<DirectoryRow>> {
    const binding: Binding = ['symbols', args.search];
    const after = args.after === undefined ? '' : decodeCursor(binding, args.after, TOKENS, param).key[0]!;
    const matches = matcher(args.search);
    const limit = args.first === 'all' ? Infinity : args.first;
    const rows: DirectoryRow[] = [];
    for (const row of await this.directory.all()) {
      if (compareTexts(row.symbol, after) > 0 && matches(row.symbol)) rows.push(row);
      if (rows.length > limit) break;
    }
    return pageOf(rows, limit, { binding }, (row) => [row.symbol]);
  }

  /** How many symbols a search finds, all without one. */
  async count(search: string | undefined): Promise<number> {
    const matches = matcher(search);
    return (await this.directory.all()).filter(({ symbol }) => matches(symbol)).length;
  }
}

/** Whether a symbol contains what is searched for, whatever its case. */
function matcher(search: string | undefined): (symbol: string) => boolean {
  const wanted = search?.toLowerCase() ?? '';
  return (symbol) => symbol.toLowerCase().includes(wanted);
}

/** Whether a symbol trades on weekends; null where it has too few days to tell. */
export function isContinuous({ days, weekendDays }: DirectoryRow): boolean | null {
  return days < FEWEST_DAYS ? null : weekendDays >= WEEKEND_SHARE * days;
}

function hasEnded({ newestDay }: DirectoryRow, before: string): boolean {
  return newestDay !== null && newestDay < before;
}
