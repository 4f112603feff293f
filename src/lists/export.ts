import type { Export } from '../postgres/exports.js';
import type { Rendering } from '../sql/format.js';
import { type Feed, feedEntries, type FeedPage } from './feed.js';
import { linesInTurn } from './in-turn.js';
import { exportQuery, type List } from './list.js';
import { PageRows } from './page-rows.js';
import { headerLine, writeLines } from './write.js';

/** An export of a list as a document that is not rows. */
export function feedExportOf({ statements }: List, feed: Feed, place: Omit<FeedPage, 'rows'>): Export {
  return {
    header: feed.head({ ...place, rows: [] }),
    async *lines(read) {
      for (const statement of statements) {
        for await (const rows of read(exportQuery(statement, feed.columns)))
          yield feedEntries(feed, new PageRows(feed.columns, [rows], 0));
      }
      yield Buffer.from(feed.foot);
    },
  };
}

/** An export of a list: all rows of its statements, one after the other, or of several owners at a time, as lines. */
export function exportOf({ statements, inTurn }: List, rendering: Rendering): Export {
  const { columns } = rendering;
  return {
    header: headerLine(rendering),
    async *lines(read) {
      if (inTurn) yield* linesInTurn(inTurn, rendering, read);
      else {
        for (const statement of statements) {
          for await (const rows of read(exportQuery(statement, columns)))
            yield writeLines(new PageRows(columns, [rows], 0), rendering);
        }
      }
    },
  };
}
