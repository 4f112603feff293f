import type { Export } from '../postgres/copy.js';
import { csvHeader, renderExport, type Rendering } from '../sql/render.js';
import { compileAll, type List } from './list.js';

/** JSON has no control characters, so a line of it is never quoted when one of them is the quote. */
const LINES = `format csv, quote e'\\x01', delimiter e'\\x02'`;

/** An export of a list: its lines come from one COPY for each of its statements. */
export function exportOf(list: List, rendering: Rendering): Export {
  const csv = rendering.format === 'csv';
  const queries = list.statements.map((statement) => compileAll(statement, (rows) => renderExport(rows, rendering)));
  return {
    header: csv ? `${csvHeader(rendering.columns)}\n` : null,
    queries,
    options: csv ? 'format csv' : LINES,
  };
}
