import { type Examples, october, page, rendering } from '../../contract/examples.js';
import { Observation } from './observations.model.js';
import * as observations from './observations.sql.js';

const wanted = [{ seriesId: 'PAYEMS', window: october, fewest: 3 }];

/** The statements of observations, for their snapshots. */
export const EXAMPLES: Examples<typeof observations> = {
  observations: {
    levels_json: page(
      observations.observations(wanted, { units: 'lin', frequency: 'm', method: null }, 'asc', 101),
      ['at'],
      rendering(Observation, 'json'),
    ),
    year_ago_quarterly: page(
      observations.observations(wanted, { units: 'pc1', frequency: 'q', method: 'avg' }, 'desc', 101),
      ['at'],
      rendering(Observation, 'csv'),
    ),
  },
};
