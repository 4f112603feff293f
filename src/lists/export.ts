import type { Export, RowSource } from '../postgres/exports.js';
import type { RawRows } from '../base/raw-rows.js';
import type { Column } from '../sql/columns.js';
import type { TextRendering } from '../sql/format.js';
import { columnarFile, type FileRendering, type SentRows } from './columnar/columnar.js';
import { type Feed, feedEntries, type FeedPage } from './feed.js';
import { linesInTurn } from './in-turn.js';
import { exportQuery, type List } from './list.js';
import { PageRows } from './page-rows.js';
import { headerLine, writeLines } from './write.js';

/** An export of a list as a document that is not rows. */
export function feedExportOf({ statements }: List, feed: Feed, place: Omit<FeedPage, 'rows'>): Export {
  return {
    header: feed.head({ ...place, rows: [] }),
    async *lines(source) {
      for (const statement of statements) {
        for await (const rows of source.read(exportQuery(statement, feed.columns)))
          yield feedEntries(feed, new PageRows(feed.columns, [rows], 0));
      }
      yield Buffer.from(feed.foot);
    },
  };
}

/** An export of a list: all rows of its statements, one after the other, or of several owners at a time, as lines. */
export function exportOf(list: List, rendering: TextRendering): Export {
  const { columns } = rendering;
  return {
    header: headerLine(rendering),
    lines: (source) =>
      partsOf(list, columns, source, (rows, skipped) => writeLines(new PageRows(columns, [rows], skipped), rendering)),
  };
}

/** The same as a file of columns. */
export function columnarExportOf(list: List, rendering: FileRendering): Export {
  const { columns } = rendering;
  // The rows are those of a buffer that is used again, and some wait for their turn.
  const kept: Written = ({ bytes }) => Buffer.from(bytes);
  const skipped = list.inTurn ? 1 : 0;
  return {
    header: '',
    lines: (source) => columnarFile(sentRows(partsOf(list, columns, source, kept), skipped), columns, rendering),
  };
}

async function* sentRows(parts: AsyncIterable<Buffer>, skipped: number): AsyncIterable<SentRows> {
  for await (const bytes of parts) yield { bytes, skipped, count: Infinity };
}

/**
 * Bytes that are sent on at a time: PostgreSQL sends 8 KiB at a time, and each piece costs a turn of the socket, or of
 * the thread that makes columns, however small it is.
 */
const PIECE_BYTES = 1 << 16;

/** The same bytes in larger pieces. */
async function* gathered(parts: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let [piece, bytes]: [Buffer[], number] = [[], 0];
  for await (const part of parts) {
    piece.push(part);
    bytes += part.length;
    if (bytes < PIECE_BYTES) continue;
    yield piece.length === 1 ? part : Buffer.concat(piece, bytes);
    [piece, bytes] = [[], 0];
  }
  if (bytes > 0) yield Buffer.concat(piece, bytes);
}

/** What becomes of some rows that have so many values before those of the columns. */
type Written = (rows: RawRows, skipped: number) => Buffer;

/** What becomes of the rows of a list, in pieces that are worth sending on. */
function partsOf(list: List, columns: readonly Column[], source: RowSource, write: Written): AsyncIterable<Buffer> {
  return gathered(writtenParts(list, columns, source, write));
}

async function* writtenParts(
  { statements, inTurn }: List,
  columns: readonly Column[],
  source: RowSource,
  write: Written,
): AsyncIterable<Buffer> {
  if (inTurn) yield* linesInTurn(inTurn, columns, source, (rows) => write(rows, 1));
  else {
    for (const statement of statements) {
      for await (const rows of source.read(exportQuery(statement, columns))) yield write(rows, 0);
    }
  }
}
