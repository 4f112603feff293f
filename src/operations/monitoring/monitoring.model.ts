import { ObjectType } from '@nestjs/graphql';
import { Wire, WireObject } from '../../contract/wire.js';
import { ColumnFault, LockHolder, OddRows, ReplicationSlot, Retention, Upkeep } from './upkeep.model.js';

/** Connections to the whole server. */
@ObjectType({ description: 'Connections to the whole server.' })
export class ConnectionUse {
  @Wire('integer', 'Connections that clients have open.')
  used: number;

  @Wire('integer', 'The most there can be.')
  max: number;

  @Wire('integer', 'Those that this API has open.')
  own: number;

  @Wire('integer', 'Those that run a statement now; null where the role may not see it.', { nullable: true })
  active: number | null;

  @Wire('integer', 'Those that wait for a lock; null where the role may not see it.', { nullable: true })
  waitingForLock: number | null;

  @Wire('integer', 'Those idle inside a transaction; null where the role may not see it.', { nullable: true })
  idleInTransaction: number | null;
}

/** The size of a table with its indexes; a hypertable's with all its chunks. */
@ObjectType({ description: "The size of a table with its indexes; a hypertable's with all its chunks." })
export class TableSize {
  @Wire('text', 'Schema and name.')
  name: string;

  @Wire('bigint', 'Bytes of table, indexes and TOAST.')
  totalBytes: string;

  @Wire('bigint', 'Bytes of its indexes.')
  indexBytes: string;

  @Wire('bigint', 'Rows, from statistics; null where it was never analysed and for hypertables.', { nullable: true })
  rows: string | null;
}

/** The chunks of a hypertable, and what compression saves. */
@ObjectType({ description: 'The chunks of a hypertable, and what compression saves.' })
export class HypertableChunks {
  @Wire('text', 'Schema and name.')
  name: string;

  @Wire('integer', 'Number of chunks.')
  chunks: number;

  @Wire('integer', 'Number of chunks that are compressed.')
  compressedChunks: number;

  @Wire('bigint', 'Bytes of the compressed chunks before compression; null where none is.', { nullable: true })
  beforeCompressionBytes: string | null;

  @Wire('bigint', 'Bytes of the same chunks now; null where none is compressed.', { nullable: true })
  afterCompressionBytes: string | null;
}

/** One chunk of `market_data.ohlcv`. */
@ObjectType({ description: 'One chunk of market_data.ohlcv.' })
export class Chunk {
  @Wire('text', 'Its name.')
  name: string;

  @Wire('instant', 'First instant that belongs in it.')
  rangeStart: string;

  @Wire('instant', 'First instant after it.')
  rangeEnd: string;

  @Wire('boolean', 'Whether it is compressed.')
  isCompressed: boolean;

  @Wire('bigint', 'Bytes, compressed rows and indexes included.')
  totalBytes: string;
}

/** A background job on the data: a refresh, compression or retention policy. */
@ObjectType({ description: 'A background job on the data: a refresh, compression or retention policy.' })
export class Job {
  @Wire('integer', 'Its number.')
  id: number;

  @Wire('text', 'What it runs, for example policy_compression.')
  name: string;

  @Wire('text', 'The table or aggregate that it works on; null where it is none of ours.', { nullable: true })
  relation: string | null;

  @Wire('text', 'How often it runs.')
  scheduleInterval: string;

  @Wire('text', 'Its settings, as JSON.', { nullable: true })
  config: string | null;

  @Wire('instant', 'When it last started; null when it never did.', { nullable: true })
  lastStartedAt: string | null;

  @Wire('instant', 'When it last succeeded; null when it never did.', { nullable: true })
  lastSucceededAt: string | null;

  @Wire('text', 'How it last ended: Success or Failed; null when it never ran.', { nullable: true })
  lastStatus: string | null;

  @Wire('text', 'Why it last failed; null when it did not, and where the role may not see it.', { nullable: true })
  lastError: string | null;

  @Wire('bigint', 'Runs that failed.')
  failures: string;

  @Wire('instant', 'When it starts next; null when it is not scheduled.', { nullable: true })
  nextStartAt: string | null;
}

/** How far the daily aggregate is behind the bars. */
@ObjectType({ description: 'How far the daily aggregate is behind the bars.' })
export class AggregateLag {
  @Wire('text', 'Schema and name.')
  name: string;

  @Wire('instant', 'Where what is stored ends, exclusive; null where nothing is.', { nullable: true })
  materializedThrough: string | null;

  @Wire('integer', 'Seconds of bars, up to the end of the newest day, that are not stored yet.', { nullable: true })
  lagSeconds: number | null;

  @Wire('boolean', 'Whether all bars before its end are in it.')
  historyComplete: boolean;

  @Wire('instant', 'When its refresh policy last succeeded; null when it never did.', { nullable: true })
  lastRefreshAt: string | null;

  @Wire('boolean', 'Whether its rows are UTC days; null where the catalog does not tell.', { nullable: true })
  utcDays: boolean | null;
}

/** A statement that took much of the database's time, from `pg_stat_statements`. */
@ObjectType({ description: "A statement that took much of the database's time, from pg_stat_statements." })
export class SlowStatement {
  @Wire('text', 'Its text without its values, cut at 2,000 characters; null where the role may not see it.', {
    nullable: true,
    bytes: 500,
  })
  query: string | null;

  @Wire('bigint', 'How often it ran.')
  calls: string;

  @Wire('float', 'Milliseconds in all.')
  totalMs: number;

  @Wire('float', 'Milliseconds a run.')
  meanMs: number;

  @Wire('float', 'Milliseconds of the slowest run.')
  maxMs: number;

  @Wire('bigint', 'Rows in all.')
  rows: string;
}

/** Something that is null here, and what would show it. */
@ObjectType({ description: 'Something that is null here, and what would show it.' })
export class Unseen {
  @Wire('text', 'The field.')
  field: string;

  @Wire('text', 'What a superuser can do about it.')
  remedy: string;
}

/** How the database is: sizes, chunks, compression, jobs, lag, slowest statements, connections. */
@ObjectType({
  description: 'How the database is: sizes, chunks, compression, jobs, lag, slowest statements, connections.',
})
export class DatabaseStatus {
  @Wire('instant', 'When this was read; it is kept for a while.')
  readAt: string;

  @Wire('text', 'Version of PostgreSQL.')
  serverVersion: string;

  @Wire('text', 'Version of TimescaleDB; null where it is not installed.', { nullable: true })
  timescaledbVersion: string | null;

  @Wire('bigint', 'Bytes of the whole database.')
  databaseBytes: string;

  @WireObject(() => ConnectionUse, 'Connections to the whole server.')
  connections: ConnectionUse;

  @WireObject(() => [TableSize], 'The largest tables of the data, at most 100.')
  tables: TableSize[];

  @WireObject(() => [HypertableChunks], 'Every hypertable of the data.')
  hypertables: HypertableChunks[];

  @WireObject(() => [Chunk], 'The newest 20 chunks of market_data.ohlcv, newest first.')
  chunks: Chunk[];

  @WireObject(() => [Job], 'Background jobs, at most 100.')
  jobs: Job[];

  @WireObject(() => [AggregateLag], 'The continuous aggregates of the data.')
  aggregates: AggregateLag[];

  @WireObject(() => [SlowStatement], 'The ten statements that took most time; null without pg_stat_statements.', {
    nullable: true,
  })
  slowestStatements: SlowStatement[] | null;

  @WireObject(() => Upkeep, 'Archive, log and transactions of the server.')
  upkeep: Upkeep;

  @WireObject(() => [LockHolder], 'Who holds most locks, at most ten.')
  lockHolders: LockHolder[];

  @WireObject(() => [ReplicationSlot], 'Replication slots, at most 100, those that keep most of the log first.')
  replicationSlots: ReplicationSlot[];

  @WireObject(() => [ColumnFault], 'Columns that statements read and that are missing, or of another type.')
  columnFaults: ColumnFault[];

  @WireObject(() => [OddRows], 'Data sets with rows in the future or at infinity.')
  oddRows: OddRows[];

  @WireObject(() => Retention, 'How tetra retain goes; null where it is not set up.', { nullable: true })
  retention: Retention | null;

  @Wire('boolean', 'Whether archived bars can be read; null where there is no archive.', { nullable: true })
  archiveReadable: boolean | null;

  @WireObject(() => [Unseen], 'What is null for want of a grant or an extension.')
  unseen: Unseen[];
}
