import { type Compiled, most, octoberBars, rendering } from '../../contract/examples.js';
import { columnsOf } from '../../contract/wire.js';
import { forEach } from '../../lists/batches.js';
import { build } from '../../sql/build.js';
import { pagesStatement } from '../../sql/page.js';
import { renderOwners, renderRows } from '../../sql/render.js';
import { bind, placeholder } from '../../sql/template.js';
import { Bar } from './bars.model.js';
import * as bars from './bars.sql.js';
import { SOURCES } from './daily.examples.js';
import { DailyBar } from './daily.model.js';
import * as daily from './daily.sql.js';

const owners = ['AAPL', 'MSFT'];
const latest = forEach((one) => renderRows(bars.latest(one, octoberBars, {}), columnsOf(Bar)));
const pages = pagesStatement((one) => daily.daily(one, SOURCES.stored, 'asc', most), columnsOf(DailyBar));

const exported = renderOwners(
  (one) => bars.bars(one, octoberBars, {}, 'asc', null),
  rendering(Bar, 'csv'),
  placeholder('mark'),
  50_000,
);

/** The statements of batches, for two symbols, for their snapshots. */
export const EXAMPLES: Record<string, Record<string, Compiled>> = {
  forEach: { latest: () => bind(latest.compile(build), { owners }) },
  renderOwners: { bars: () => bind(exported.compile(build), { owners, mark: 'mark' }) },
  pagesStatement: { daily: () => bind(pages.compile(build), { owners }) },
};
