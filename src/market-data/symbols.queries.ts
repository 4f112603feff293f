import { Injectable } from '@nestjs/common';
import { LIMITS } from '../common/limits.js';
import { type Binding, type CursorShape, decodeCursor, KEY } from '../database/keyset.js';
import { type Page, pageOf } from '../database/list.js';
import { SymbolDirectory } from './symbol-directory.js';
import type { MarketSymbol, SymbolsArgs } from './symbols.model.js';

const TOKENS: CursorShape = { key: [KEY.text(LIMITS.symbolLength)], maxDays: null };

/** The list of symbols, out of the directory. */
@Injectable()
export class SymbolsQueries {
  constructor(private readonly directory: SymbolDirectory) {}

  /** One page of symbols in alphabetical order; no statement runs while the directory is fresh. */
  async page(args: SymbolsArgs, param: string): Promise<Page<MarketSymbol>> {
    const binding: Binding = ['symbols', args.search];
    const after = args.after === undefined ? '' : decodeCursor(binding, args.after, TOKENS, param).key[0]!;
    const matches = matcher(args.search);
    const rows: MarketSymbol[] = [];
    for (const row of await this.directory.all()) {
      if (row.symbol > after && matches(row.symbol)) rows.push(row);
      if (rows.length > args.first) break;
    }
    return pageOf(rows, args.first, { binding }, (row) => [row.symbol]);
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
