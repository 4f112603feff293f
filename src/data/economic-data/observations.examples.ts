import { type Examples, instant, most, october, page } from '../../contract/examples.js';
import { Observation } from './observations.model.js';
import * as observations from './observations.sql.js';

const quarterly = { units: 'pc1', frequency: 'q', method: 'avg' } as const;
const wanted = [{ seriesId: 'PAYEMS', window: october, fewest: 3 }];

/** The statements of observations, for their snapshots. */
export const EXAMPLES: Examples<typeof observations> = {
  observations: {
    levels: page(
      observations.observations(wanted, { units: 'lin', frequency: 'm', method: null, knownBefore: null }, 'asc', most),
      Observation,
      ['at'],
    ),
    updated: page(
      observations.observations(
        wanted,
        { units: 'lin', frequency: null, method: null, knownBefore: null, updatedAfter: instant },
        'asc',
        most,
      ),
      Observation,
      ['at'],
    ),
    year_ago_quarterly: page(
      observations.observations(wanted, { ...quarterly, knownBefore: null }, 'desc', most),
      Observation,
      ['at'],
    ),
    quarterly_as_of: page(
      observations.observations(wanted, { ...quarterly, knownBefore: '2020-04-01T00:00:00Z' }, 'desc', most),
      Observation,
      ['at'],
    ),
  },
};
