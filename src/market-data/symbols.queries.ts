import { Injectable } from '@nestjs/common';
import { type Binding, decodeCursor } from '../database/keyset.js';
import { type Page, pageOf } from '../database/list.js';
import { SymbolDirectory } from './symbol-directory.js';
import type { MarketSymbol, SymbolsArgs } from './symbols.model.js';

/** The list of symbols, out of the directory. */
@Injectable()
export class SymbolsQueries {
  constructor(private readonly directory: SymbolDirectory) {}

  /** One page of symbols in alphabetical order; no statement runs while the directory is fresh. */
  async page(args: SymbolsArgs, param: string): Promise<Page<MarketSymbol>> {
    const binding: Binding = ['symbols', args.search];
    const after = args.after === undefined ? '' : decodeCursor(binding, args.after, param).key[0]!;
    const wanted = args.search?.toLowerCase() ?? '';
    const rows: MarketSymbol[] = [];
    for (const row of await this.directory.all()) {
      if (row.symbol > after && row.symbol.toLowerCase().includes(wanted)) rows.push(row);
      if (rows.length > args.first) break;
    }
    return pageOf(rows, args.first, { binding }, (row) => [row.symbol]);
  }
}
