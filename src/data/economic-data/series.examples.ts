import { asRows, type Examples, most, raw } from '../../contract/examples.js';
import { SeriesEntry } from './series.model.js';
import * as series from './series.sql.js';

/** The statements of series, for their snapshots. */
export const EXAMPLES: Examples<typeof series> = {
  series: { rows: asRows(series.series('pay', 'A', most), SeriesEntry) },
  seriesOf: { rows: asRows(series.seriesOf(['PAYEMS']), SeriesEntry) },
  allNames: { rows: raw(series.allNames()) },
};
