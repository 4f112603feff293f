import { ObjectType } from '@nestjs/graphql';
import { Wire } from '../../contract/wire.js';

/** What a server needs looking after: its archive, its log, the age of its transactions. */
@ObjectType({ description: 'What a server needs looking after: its archive, its log, the age of its transactions.' })
export class Upkeep {
  @Wire('boolean', 'Whether the log is archived (archive_mode).')
  archives: boolean;

  @Wire('instant', 'When a segment of the log was last archived; null when none was.', { nullable: true })
  lastArchivedAt: string | null;

  @Wire('bigint', 'Failed tries to archive a segment.')
  archiveFailures: string;

  @Wire('instant', 'When archiving last failed; null when it never did.', { nullable: true })
  lastArchiveFailureAt: string | null;

  @Wire('boolean', 'Whether the last try to archive failed.')
  archiveFails: boolean;

  @Wire('bigint', 'Bytes of the log that are kept on the server; null where the role may not see it.', {
    nullable: true,
  })
  logBytes: string | null;

  @Wire('integer', 'Seconds since the oldest transaction under way began; null where the role may not see it.', {
    nullable: true,
  })
  oldestTransactionSeconds: number | null;

  @Wire('integer', 'Transactions since the oldest unfrozen one; at 2,000 million the server takes no writes.')
  transactionIdAge: number;

  @Wire('integer', "Sessions, the server's own processes included.")
  sessions: number;

  @Wire('integer', 'Locks in the table that all sessions share.')
  locks: number;

  @Wire(
    'integer',
    'How many it was made for: max_locks_per_transaction × (max_connections + max_prepared_transactions).',
  )
  lockSlots: number;
}

/** Sessions of a role and an application that hold locks. */
@ObjectType({ description: 'Sessions of a role and an application that hold locks.' })
export class LockHolder {
  @Wire('text', 'The role that they logged in as.')
  role: string;

  @Wire('text', 'What they call themselves (application_name).')
  application: string;

  @Wire('integer', 'How many sessions hold some.')
  sessions: number;

  @Wire('integer', 'The locks that they hold in the table that all sessions share.')
  locks: number;
}

/** A replication slot, which keeps the log for a standby. */
@ObjectType({ description: 'A replication slot, which keeps the log for a standby.' })
export class ReplicationSlot {
  @Wire('text', 'Its name.')
  name: string;

  @Wire('boolean', 'Whether a standby uses it now.')
  active: boolean;

  @Wire('text', 'reserved, extended, unreserved or lost; null when it keeps nothing.', { nullable: true })
  logStatus: string | null;

  @Wire('bigint', 'Bytes of the log that it keeps; null when it keeps nothing.', { nullable: true })
  retainedBytes: string | null;
}

/** A column that statements read and that is missing, or of another type. */
@ObjectType({ description: 'A column that statements read and that is missing, or of another type.' })
export class ColumnFault {
  @Wire('text', 'Schema and name of the relation.')
  relation: string;

  @Wire('text', 'The column.')
  column: string;

  @Wire('text', 'Its type; null where it is missing.', { nullable: true })
  type: string | null;
}

/** How `tetra retain` goes. */
@ObjectType({ description: 'How tetra retain goes.' })
export class Retention {
  @Wire('text', 'How much is kept.')
  keep: string;

  @Wire('boolean', 'Whether it waits, after a restore or a promotion, for the operator.')
  paused: boolean;

  @Wire('instant', 'Where what is archived ends; null when nothing is.', { nullable: true })
  archivedThrough: string | null;

  @Wire('instant', 'When it last started; null when it never did.', { nullable: true })
  lastStartedAt: string | null;

  @Wire('instant', 'When it last ended well; null when it never did.', { nullable: true })
  lastFinishedAt: string | null;

  @Wire('text', 'Why it last failed; null when it did not.', { nullable: true })
  lastError: string | null;
}

/** A data set with rows that cannot be right. */
@ObjectType({ description: 'A data set with rows that cannot be right.' })
export class OddRows {
  @Wire('text', 'Schema and name of the relation.')
  relation: string;

  @Wire('boolean', 'Whether rows lie more than two days in the future.')
  future: boolean;

  @Wire('boolean', 'Whether rows lie at infinity.')
  infinite: boolean;
}
