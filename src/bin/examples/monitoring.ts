import * as monitoring from '../../monitoring/monitoring.sql.js';
import { type Compiled, type Examples, raw } from './examples.js';

const DATABASE: Examples<typeof monitoring> = {
  server: { row: raw(monitoring.server()) },
  connections: { seen: raw(monitoring.connections(true)), unseen: raw(monitoring.connections(false)) },
  tables: { timescaledb: raw(monitoring.tables(true)), plain: raw(monitoring.tables(false)) },
  hypertables: { rows: raw(monitoring.hypertables()) },
  newestChunks: { rows: raw(monitoring.newestChunks()) },
  jobs: { rows: raw(monitoring.jobs()) },
  slowestStatements: { rows: raw(monitoring.slowestStatements()) },
};

/** The statements of `monitoring`. */
export const MONITORING: Record<string, Record<string, Record<string, Compiled>>> = { 'monitoring/database': DATABASE };
