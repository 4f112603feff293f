import { type Compiled, most, october, rendering } from '../../contract/examples.js';
import { columnsOf } from '../../contract/wire.js';
import { arraysStatement, Wanted } from '../../lists/arrays.js';
import { type BatchStatement, forEach } from '../../lists/batches.js';
import { build } from '../../sql/build.js';
import { renderPage, renderRows } from '../../sql/render.js';
import { fill } from '../../sql/template.js';
import { Bar } from './bars.model.js';
import * as bars from './bars.sql.js';
import { SOURCES } from './daily.examples.js';
import { DailyBar } from './daily.model.js';
import * as daily from './daily.sql.js';

const { stored } = SOURCES;

/** A statement of a batch, for two symbols. */
const batch = <Row>(each: BatchStatement<Row>['each'], values: Record<string, unknown> = {}): Compiled => {
  return () => fill(forEach(each).compile(build), { ...values, owners: ['AAPL', 'MSFT'] });
};
const members = columnsOf(DailyBar).map((value) => ({ name: value.property, value }));
const arrays = arraysStatement(
  { shape: [], rows: (symbol, limit) => daily.daily(symbol, stored, 'asc', limit), values: {} },
  100,
  new Wanted(
    columnsOf(DailyBar).filter(({ kind }) => kind !== 'decimal'),
    members,
    'number',
  ),
);

/** The statements of batches, for their snapshots. */
export const EXAMPLES = {
  forEach: {
    latest: batch((one) => renderRows(bars.latest(one, october, {}), columnsOf(Bar))),
    daily: batch((one) =>
      renderPage(daily.daily(one, stored, 'asc', most), ['symbol', 'day'], most, rendering(DailyBar, 'json')),
    ),
    daily_arrays: batch(arrays.each, arrays.values),
  },
};
