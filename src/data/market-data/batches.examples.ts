import { type Compiled, most, octoberBars } from '../../contract/examples.js';
import { columnsOf } from '../../contract/wire.js';
import { build } from '../../sql/build.js';
import { ownersStatement, pagesStatement } from '../../sql/page.js';
import { bind } from '../../sql/template.js';
import { Bar } from './bars.model.js';
import * as bars from './bars.sql.js';
import { SOURCES } from './daily.examples.js';
import { DailyBar } from './daily.model.js';
import * as daily from './daily.sql.js';

const owners = ['AAPL', 'MSFT'];
const latest = pagesStatement((one) => bars.latest(one, octoberBars, {}), columnsOf(Bar));
const pages = pagesStatement((one) => daily.daily(one, SOURCES.stored, 'asc', most), columnsOf(DailyBar));

const exported = ownersStatement((one) => bars.bars(one, octoberBars, {}, 'asc', null), columnsOf(Bar));

/** The statements of batches, for two symbols, for their snapshots. */
export const EXAMPLES: Record<string, Record<string, Compiled>> = {
  ownersStatement: { bars: () => bind(exported.compile(build), { owners, limit: 50_000 }) },
  pagesStatement: {
    daily: () => bind(pages.compile(build), { owners }),
    latest: () => bind(latest.compile(build), { owners }),
  },
};
