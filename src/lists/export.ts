import type { Export } from '../postgres/copy.js';
import { csvHeader, type Format, renderExport, type Rendering } from '../sql/render.js';
import { linesInTurn } from './in-turn.js';
import { compileAll, type List } from './list.js';

/**
 * How COPY writes the rows of each format; null where there is no export. JSON has no control characters, so a line of
 * it is never quoted when one of them is the quote.
 */
const COPY_OPTIONS: Record<Format, string | null> = {
  json: null,
  columns: null,
  csv: 'format csv',
  ndjson: `format csv, quote e'\\x01', delimiter e'\\x02'`,
};

/** An export of a list: its lines come from one COPY for each of its statements, or for several owners at a time. */
export function exportOf({ statements, inTurn, held = null }: List, rendering: Rendering): Export {
  const options = COPY_OPTIONS[rendering.format];
  if (options === null) throw new Error(`${rendering.format} has no export`);
  return {
    header: rendering.format === 'csv' ? `${csvHeader(rendering.columns)}\n` : null,
    options,
    held,
    async *lines(copy) {
      if (inTurn) yield* linesInTurn(inTurn, rendering, copy);
      else {
        for (const statement of statements) yield* copy(compileAll(statement, (rows) => renderExport(rows, rendering)));
      }
    },
  };
}
