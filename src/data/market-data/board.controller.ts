import { Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Answer } from '../../rest/answer.js';
import { Cache } from '../../contract/caching.js';
import { META } from '../../rest/openapi-schemas.js';
import type { PageRows } from '../../lists/page-rows.js';
import { type OutputArgs, queryOf, renderingOf } from '../../contract/output.args.js';
import { RestArgs, Route } from '../../rest/route.js';
import { partsStream, rowsAnswer } from '../../rest/rows.js';
import { echoDays } from '../../lists/window.js';
import { columnsOf, snakeKeys } from '../../contract/wire.js';
import { BoardRow, MoversArgs, ScreenArgs, SnapshotsArgs } from './board.model.js';
import { type BoardPage, BoardQueries, rowsOfPage } from './board.queries.js';
import { BreadthArgs, BreadthDay } from './breadth.model.js';
import { BreadthQueries } from './breadth.queries.js';
import { Freshness } from './daily.model.js';

/** Rows that are written in one turn of the event loop. */
const LINES_AT_ONCE = 500;

const BOARD_META = { as_of: META.instant, session: META.day, matched: META.count, freshness: Freshness };

/** The market board over REST. */
@ApiTags('market data')
@Controller('v1/market-data')
export class BoardController {
  constructor(
    private readonly board: BoardQueries,
    private readonly breadth: BreadthQueries,
  ) {}

  @Route('snapshots', {
    id: 'listSnapshots',
    summary: 'Where every symbol stands: its last daily bar beside those before it',
    description:
      'From memory; `meta.as_of` says up to when it is known to be as the database has it. Prices are exact, all else are doubles.',
    args: SnapshotsArgs,
    model: BoardRow,
    shape: 'page',
    meta: { ...BOARD_META, unknown: META.unknown },
  })
  async snapshots(@RestArgs() args: SnapshotsArgs): Promise<Answer> {
    const page = await this.board.page(args, 'page_token');
    return answer(page, SnapshotsArgs, args, 'snapshots', { unknown: page.unknown ?? [] });
  }

  @Route('movers', {
    id: 'listMovers',
    summary: 'The symbols that moved most in the newest session',
    description: 'Symbols without a bar in that session are left out.',
    args: MoversArgs,
    model: BoardRow,
    shape: 'list',
    meta: BOARD_META,
  })
  async movers(@RestArgs() args: MoversArgs): Promise<Answer> {
    return answer(await this.board.movers(args), MoversArgs, args, 'movers');
  }

  @Route('screen', {
    id: 'screenSymbols',
    summary: 'The symbols that meet some conditions on the board',
    description: 'Any column of the board can be compared with another one or with a value, and order the rows.',
    args: ScreenArgs,
    model: BoardRow,
    shape: 'page',
    meta: BOARD_META,
  })
  async screen(@RestArgs() args: ScreenArgs): Promise<Answer> {
    return answer(await this.board.page(args, 'page_token'), ScreenArgs, args, 'screen');
  }

  @Route('breadth', {
    id: 'listBreadth',
    summary: 'How many symbols rose and fell in each session of the market',
    description: 'From memory, as the board; a part of the history that nobody asked for before is read first.',
    args: BreadthArgs,
    model: BreadthDay,
    shape: 'page',
    meta: { as_of: META.instant },
  })
  async breadthOf(@RestArgs() args: BreadthArgs): Promise<Answer> {
    const page = await this.breadth.page(args, 'page_token');
    const meta = { query: queryOf(BreadthArgs, args, echoDays(page.window!)), as_of: page.asOf };
    const options = {
      args,
      model: BreadthDay,
      meta,
      cache: Cache.DEFAULT,
      fileName: 'breadth',
      token: page.nextPageToken,
    };
    return rowsAnswer(page.nodes, options);
  }
}

async function answer(
  page: BoardPage,
  type: new () => OutputArgs,
  args: OutputArgs & { first?: unknown },
  fileName: string,
  more: Record<string, unknown> = {},
): Promise<Answer> {
  const { asOf, session, matched, freshness } = page;
  const meta = { query: queryOf(type, args), ...snakeKeys({ asOf, session, matched }), ...more };
  const whole = { ...meta, freshness: snakeKeys(freshness) };
  const rows = page.nodes;
  if (args.first === 'all' && rows.length > rowsOfPage(args)) {
    const rendering = renderingOf(BoardRow, args);
    return partsStream(partsOf(page), columnsOf(BoardRow), rendering, { meta: whole, cache: Cache.DEFAULT, fileName });
  }
  const token = type === MoversArgs ? undefined : page.nextPageToken;
  const options = { args, model: BoardRow, meta: whole, cache: Cache.DEFAULT, fileName, token };
  return rowsAnswer(page.written(rows), options);
}

/** All rows, some in each part. */
function* partsOf({ nodes, written }: BoardPage): Generator<PageRows> {
  for (let at = 0; at < nodes.length; at += LINES_AT_ONCE) yield written(nodes.slice(at, at + LINES_AT_ONCE));
}
