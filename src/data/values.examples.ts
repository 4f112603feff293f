import { type Examples, raw } from '../contract/examples.js';
import * as values from '../sql/values.js';

/** The statements of the different values of a column, for their snapshots. */
export const EXAMPLES: Examples<typeof values> = {
  indexedValues: { event_types: raw(values.indexedValues('events.event_data', 'event_type', 5001)) },
  scannedValues: { countries: raw(values.scannedValues('events.event_data', 'country', 5001)) },
};
