import { ObjectType, registerEnumType } from '@nestjs/graphql';
import { Wire } from '../../contract/wire.js';

/** Why the database counts as unhealthy. */
export const HealthError = {
  TIMEOUT: 'timeout',
  REFUSED: 'refused',
  AUTH: 'auth',
  DRAINING: 'draining',
  UNKNOWN: 'unknown',
} as const;
export type HealthError = (typeof HealthError)[keyof typeof HealthError];

registerEnumType(HealthError, { name: 'HealthError', description: 'Why the database counts as unhealthy.' });

/** How the database is. */
export const HealthStatus = { HEALTHY: 'healthy', UNHEALTHY: 'unhealthy' } as const;
export type HealthStatus = (typeof HealthStatus)[keyof typeof HealthStatus];
registerEnumType(HealthStatus, { name: 'HealthStatus', description: 'How the database is.' });

/** What SELECT 1 on a connection of its own said. */
@ObjectType({ description: 'What SELECT 1 on a connection of its own said.' })
export class DatabaseHealth {
  @Wire('text', 'healthy or unhealthy.', { choices: HealthStatus })
  status: HealthStatus;

  @Wire('instant', 'When it was asked.')
  timestamp: string;

  @Wire('float', 'How long the answer took, in milliseconds.', { nullable: true })
  latencyMs: number | null;

  @Wire('text', 'timeout, refused, auth, draining or unknown; null when healthy.', {
    nullable: true,
    choices: HealthError,
  })
  error: HealthError | null;

  /** What the operator can do about it: for the log, never for a client. */
  advice?: string | null;
}
