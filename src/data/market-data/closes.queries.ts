import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { formatDay } from '../../base/time.js';
import { Database } from '../../postgres/database.js';
import { textsOfArray } from '../../sql/build.js';
import { fromTemplate, placeholderList } from '../../sql/template.js';
import type { Closes } from '../derived/performance.js';
import { shapeOf } from './aggregate-sources.js';
import { closes, type ClosesRow } from './closes.sql.js';
import type { DailySource } from './daily.sql.js';

/** The closes of a symbol in a window, and its days with a bar whose close is null, zero or less. */
export interface SymbolCloses extends Closes {
  readonly unusable: Int32Array;
}

/** Reads closes to compute with. */
@Injectable()
export class ClosesQueries {
  constructor(private readonly db: Database) {}

  /**
   * The closes of each of some symbols, in their order; a statement for each source.
   * @param sources  of one window, the oldest first
   */
  async of(symbols: readonly string[], sources: readonly DailySource[]): Promise<SymbolCloses[]> {
    const parts = new Map<string, ClosesRow[]>(symbols.map((symbol) => [symbol, []]));
    const names = [...parts.keys()];
    for (const source of sources) {
      const make = (): ReturnType<typeof closes> => closes(placeholderList('symbols'), source);
      const query = fromTemplate(['closes', ...shapeOf(source)], make, { symbols: names });
      for (const row of await this.db.rows<ClosesRow>(query)) parts.get(row.symbol)!.push(row);
    }
    const found: SymbolCloses[] = [];
    for (const symbol of symbols) {
      // Reading the numbers of one symbol's history takes some milliseconds.
      await setImmediate();
      found.push(joined(parts.get(symbol)!));
    }
    return found;
  }
}

function joined(parts: readonly ClosesRow[]): SymbolCloses {
  const all = (name: 'days' | 'closes' | 'unusable'): number[] =>
    parts.flatMap((part) => textsOfArray(part[name]).map(Number));
  return {
    days: Int32Array.from(all('days')),
    closes: Float64Array.from(all('closes')),
    unusable: Int32Array.from(all('unusable')),
  };
}

/** A day after 1970-01-01 as the wire has it; null for none. */
export function dayText(day: number | null | undefined): string | null {
  return day == null ? null : formatDay(day);
}
