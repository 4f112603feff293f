import { Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Answer, objectAnswer } from '../../rest/answer.js';
import { Cache } from '../../contract/caching.js';
import { NoArgs } from '../../contract/args.js';
import { RestArgs, Route } from '../../rest/route.js';
import { rowJson } from '../../rest/rows.js';
import { snake } from '../../sql/columns.js';
import {
  AggregateLag,
  Chunk,
  ConnectionUse,
  DatabaseStatus,
  HypertableChunks,
  Job,
  SlowStatement,
  TableSize,
  Unseen,
} from './monitoring.model.js';
import { ColumnFault, LockHolder, OddRows, ReplicationSlot, Retention, Upkeep } from './upkeep.model.js';
import { MonitoringQueries } from './monitoring.queries.js';

/** The lists of the status, and what one item of each is. */
const LISTS = {
  tables: TableSize,
  hypertables: HypertableChunks,
  chunks: Chunk,
  jobs: Job,
  aggregates: AggregateLag,
  slowestStatements: SlowStatement,
  lockHolders: LockHolder,
  replicationSlots: ReplicationSlot,
  columnFaults: ColumnFault,
  oddRows: OddRows,
  unseen: Unseen,
} as const;

/** Monitoring over REST. */
@ApiTags('monitoring')
@Controller('v1/monitoring')
export class MonitoringController {
  constructor(private readonly queries: MonitoringQueries) {}

  @Route('database', {
    id: 'getDatabaseStatus',
    summary: 'How the database is: sizes, chunks, compression, jobs, lag, slowest statements, connections',
    description: 'Read at most every quarter of a minute. What the role may not see is null, and `unseen` says why.',
    args: NoArgs,
    model: DatabaseStatus,
    shape: 'object',
  })
  async database(@RestArgs() args: NoArgs): Promise<Answer> {
    return objectAnswer(statusJson(await this.queries.status()), { query: { ...args } }, Cache.DEFAULT);
  }
}

function statusJson(status: DatabaseStatus): string {
  const lists = (Object.keys(LISTS) as (keyof typeof LISTS)[]).map((name) => {
    const rows = status[name];
    const text = rows === null ? 'null' : `[${rows.map((row) => rowJson(LISTS[name], row)).join(',')}]`;
    return `,"${snake(name)}":${text}`;
  });
  const scalars = rowJson(DatabaseStatus, status).slice(0, -1);
  const objects = [
    `"connections":${rowJson(ConnectionUse, status.connections)}`,
    `"upkeep":${rowJson(Upkeep, status.upkeep)}`,
    `"retention":${status.retention === null ? 'null' : rowJson(Retention, status.retention)}`,
  ];
  return `${scalars},${objects.join(',')}${lists.join('')}}`;
}
