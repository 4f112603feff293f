import { ObjectType } from '@nestjs/graphql';
import { Wire } from '../common/wire.js';

/** Why the database counts as unhealthy. */
export const HealthError = {
  TIMEOUT: 'timeout',
  REFUSED: 'refused',
  AUTH: 'auth',
  DRAINING: 'draining',
  UNKNOWN: 'unknown',
} as const;
export type HealthError = (typeof HealthError)[keyof typeof HealthError];

/** What SELECT 1 on a connection of its own said. */
@ObjectType({ description: 'What SELECT 1 on a connection of its own said.' })
export class DatabaseHealth {
  @Wire('text', 'healthy or unhealthy.')
  status: 'healthy' | 'unhealthy';

  @Wire('instant', 'When it was asked.')
  timestamp: string;

  @Wire('float', 'How long the answer took, in milliseconds.', { nullable: true })
  latencyMs: number | null;

  @Wire('text', 'timeout, refused, auth, draining or unknown; null when healthy.', { nullable: true })
  error: HealthError | null;
}
