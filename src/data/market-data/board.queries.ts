import { Injectable } from '@nestjs/common';
import { LIMITS, rowsOfColumns } from '../../base/limits.js';
import { nameOf } from '../../contract/args.js';
import { columnsOf } from '../../contract/wire.js';
import { type CursorShape, decodeCursor, KEY, namesAsked } from '../../lists/page-token.js';
import { type ObjectPage, pageOf } from '../../lists/page.js';
import type { PageRows } from '../../lists/page-rows.js';
import { formatInstant } from '../../base/time.js';
import { Board } from './board.js';
import { type BoardOrder, type Condition, parseOrder, parseWhere, type Place } from './board-screen.js';
import { type BoardArgs, BoardRow, type MoversArgs, MoversBy, MoversDirection } from './board.model.js';
import type { Freshness } from './daily.model.js';
import { SymbolDirectory } from './symbol-directory.js';

/** The place after which a page goes on: the value that orders it, as JSON, and the symbol. */
const TOKENS: CursorShape = { key: [isPlaceValue, KEY.text(LIMITS.symbolLength)], maxDays: null };

function isPlaceValue(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return value === null || ['number', 'string', 'boolean'].includes(typeof value);
  } catch {
    return false;
  }
}

/** What every answer from the board says beside its rows. */
export interface BoardMeta {
  readonly asOf: string;
  readonly session: string | null;
  readonly freshness: Freshness;
  readonly unknown: string[] | null;
  /** Rows on all pages. */
  readonly matched: number;
}

/** A page of the board, and the same rows as they are written. */
export type BoardPage = ObjectPage<BoardRow> &
  BoardMeta & { readonly written: (rows: readonly BoardRow[]) => PageRows };

/** Which rows of the board are asked for, in which order. */
export type BoardQuery = Pick<BoardArgs, 'symbols' | 'where' | 'orderBy' | 'first' | 'after' | 'fields'>;

/** The column that each kind of mover moves by. */
const MOVERS: Record<MoversBy, string> = {
  [MoversBy.CHANGE_PERCENT]: 'change_percent',
  [MoversBy.VOLUME]: 'volume',
  [MoversBy.RELATIVE_VOLUME]: 'relative_volume',
  [MoversBy.GAP]: 'opening_gap_percent',
};

/** Those of them that rise or fall. */
const SIGNED = new Set<MoversBy>([MoversBy.CHANGE_PERCENT, MoversBy.GAP]);

/** Rows that a page holds at most, by how many columns of them are asked for. */
export function rowsOfPage({ fields }: Pick<BoardQuery, 'fields'>): number {
  return rowsOfColumns(fields?.length ?? columnsOf(BoardRow).length);
}

/** The rows of the board; no statement runs while it is fresh. */
@Injectable()
export class BoardQueries {
  constructor(
    private readonly board: Board,
    private readonly directory: SymbolDirectory,
  ) {}

  /**
   * A page of the board. A later page goes on after the place where the one before ended, in the board as it is then.
   * @param param  the name of the token's parameter
   * @throws ApiError invalid_parameter for a condition or an order that cannot be read
   */
  async page(args: BoardQuery, param: string): Promise<BoardPage> {
    const conditions = args.where === undefined ? [] : parseWhere(nameOf(args, 'where'), args.where);
    const order = parseOrder(nameOf(args, 'orderBy'), args.orderBy ?? 'symbol');
    return this.#page(args, conditions, order, param);
  }

  /**
   * The symbols that moved most in the newest session of the market; those without a value, stale, or moved the other
   * way are none.
   */
  async movers({ by, direction, first, fields }: MoversArgs): Promise<BoardPage> {
    const column = MOVERS[by];
    const side = direction === MoversDirection.UP ? '>' : '<';
    const moved = SIGNED.has(by) ? `${column}${side}0` : `${column}=${column}`;
    const conditions = parseWhere('by', `is_stale=false,${moved}`);
    const order = parseOrder('by', direction === MoversDirection.UP ? `-${column}` : column);
    return this.#page({ first, fields }, conditions, order, 'page_token');
  }

  async #page(
    args: BoardQuery,
    conditions: readonly Condition[],
    order: BoardOrder,
    param: string,
  ): Promise<BoardPage> {
    const binding = ['board', namesAsked(args), args.where, args.orderBy];
    const key = args.after === undefined ? null : decodeCursor(binding, args.after, TOKENS, param).key;
    const after: Place | null = key && { value: JSON.parse(key[0]!) as Place['value'], symbol: key[1]! };
    const resolved = args.symbols ? await this.directory.resolve(args.symbols) : null;
    const asked = resolved && new Set(resolved.rows.map(({ symbol }) => symbol));
    const { kept, asOf, session, freshness } = await this.board.get();
    const matching = kept.rows
      .filter((row) => (asked?.has(row.symbol) ?? true) && conditions.every((holds) => holds(row)))
      .map((row) => ({ row, place: order.placeOf(row) }));
    // The board is in alphabetical order already.
    if (order.name !== 'symbol') matching.sort((a, b) => order.compare(a.place, b.place));
    const left = matching.flatMap(({ row, place }) => (after && order.compare(place, after) <= 0 ? [] : [row]));
    const limit = args.first === 'all' ? Infinity : Math.min(args.first, rowsOfPage(args));
    const page = pageOf(left, limit, { binding }, (row) => [JSON.stringify(order.placeOf(row).value), row.symbol]);
    const meta = { asOf: formatInstant(asOf), session, freshness, matched: matching.length };
    const written = (some: readonly BoardRow[]): PageRows => kept.page(some);
    return Object.assign(page, { ...meta, written, unknown: resolved ? resolved.unknown : null });
  }
}
