import { type Examples, october, raw } from '../../contract/examples.js';
import * as upkeep from './upkeep.sql.js';

/** The statements of what has to be looked after, for their snapshots; what is done with their rows is none. */
export const EXAMPLES: Examples<Omit<typeof upkeep, 'columnFaults' | 'isUtcDay'>> = {
  upkeep: {
    seen: raw(upkeep.upkeep({ stats: true, log: true })),
    unseen: raw(upkeep.upkeep({ stats: false, log: false })),
  },
  lockHolders: {
    rows: raw(upkeep.lockHolders({ statements: false })),
    statements: raw(upkeep.lockHolders({ statements: true })),
  },
  slots: { rows: raw(upkeep.slots()) },
  columns: { rows: raw(upkeep.columns()) },
  retention: { row: raw(upkeep.retention()) },
  oddRows: { rows: raw(upkeep.oddRows(october.to)) },
  buckets: { row: raw(upkeep.buckets()) },
};
