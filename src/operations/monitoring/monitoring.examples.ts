import { type Examples, raw } from '../../contract/examples.js';
import * as monitoring from './monitoring.sql.js';

/** The statements of the monitoring, for their snapshots. */
export const EXAMPLES: Examples<typeof monitoring> = {
  server: { row: raw(monitoring.server()) },
  connections: { seen: raw(monitoring.connections(true)), unseen: raw(monitoring.connections(false)) },
  tables: { timescaledb: raw(monitoring.tables(true)), plain: raw(monitoring.tables(false)) },
  hypertables: { rows: raw(monitoring.hypertables()) },
  newestChunks: { rows: raw(monitoring.newestChunks()) },
  jobs: { rows: raw(monitoring.jobs()) },
  slowestStatements: { rows: raw(monitoring.slowestStatements()) },
};
