import { type Examples, octoberBars } from '../../contract/examples.js';
import { columnsOf } from '../../contract/wire.js';
import { build } from '../../sql/build.js';
import { bind } from '../../sql/template.js';
import { Bar } from './bars.model.js';
import * as live from './live.sql.js';

const bars = live.newBars(octoberBars, columnsOf(Bar));
const owners = ['AAPL', 'MSFT'];
const since = ['2025-10-31T00:00:00Z', '-infinity'];

/** The statement that looks for new bars, for its snapshot. */
export const EXAMPLES: Examples<typeof live> = {
  newBars: { rows: () => bind(bars.compile(build), { owners, since, limit: 51, before: '' }) },
};
