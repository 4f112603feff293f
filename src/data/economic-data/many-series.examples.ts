import { type Examples, most, october, page } from '../../contract/examples.js';
import * as many from './many-series.sql.js';
import { WideObservation } from './many-series.model.js';
import { observations } from './observations.sql.js';

const ids = ['PAYEMS', 'UNRATE'];
const levels = { units: 'lin', frequency: null, method: null, knownBefore: null } as const;
const rows = observations(
  ids.map((seriesId) => ({ seriesId, window: october, fewest: 0 })),
  levels,
  'asc',
  null,
);
const dates = { first: '2025-10-01', last: '2025-10-31' };

/** The statements of several series side by side, for their snapshots. */
export const EXAMPLES: Examples<typeof many> = {
  wideObservations: {
    outer: page(many.wideObservations([rows], ids, dates, 'outer', 'asc', most), WideObservation, ['date']),
    inner: page(many.wideObservations([rows], ids, dates, 'inner', 'desc', most), WideObservation, ['date']),
    locf: page(many.wideObservations([rows], ids, dates, 'locf', 'asc', null), WideObservation, ['date']),
  },
};
