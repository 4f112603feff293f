import { type Examples, raw } from '../../contract/examples.js';
import * as aggregate from './aggregate.sql.js';

/** The statements of the state of the daily aggregate, for their snapshots. */
export const EXAMPLES: Examples<typeof aggregate> = {
  hasCatalog: { row: raw(aggregate.hasCatalog()) },
  isGranular: { row: raw(aggregate.isGranular()) },
  aggregateState: { row: raw(aggregate.aggregateState()) },
};
