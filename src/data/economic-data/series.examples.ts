import { type Examples, most, raw, whole } from '../../contract/examples.js';
import { SeriesEntry } from './series.model.js';
import * as series from './series.sql.js';

/** The statements of series, for their snapshots. */
export const EXAMPLES: Examples<typeof series> = {
  series: { rows: whole(series.series('pay', 'A', most), SeriesEntry) },
  seriesOf: {
    rows: whole(series.seriesOf(['PAYEMS']), SeriesEntry),
    as_of: whole(series.seriesOf(['PAYEMS'], '2020-04-01T00:00:00Z'), SeriesEntry),
  },
  allNames: { rows: raw(series.allNames()) },
};
