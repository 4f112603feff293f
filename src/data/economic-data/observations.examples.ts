import { type Examples, instant, most, october, page } from '../../contract/examples.js';
import { Observation } from './observations.model.js';
import * as observations from './observations.sql.js';

const wanted = [{ seriesId: 'PAYEMS', window: october, fewest: 3 }];

/** The statements of observations, for their snapshots. */
export const EXAMPLES: Examples<typeof observations> = {
  observations: {
    levels: page(
      observations.observations(wanted, { units: 'lin', frequency: 'm', method: null }, 'asc', most),
      Observation,
      ['at'],
    ),
    updated: page(
      observations.observations(
        wanted,
        { units: 'lin', frequency: null, method: null, updatedAfter: instant },
        'asc',
        most,
      ),
      Observation,
      ['at'],
    ),
    year_ago_quarterly: page(
      observations.observations(wanted, { units: 'pc1', frequency: 'q', method: 'avg' }, 'desc', most),
      Observation,
      ['at'],
    ),
  },
};
