import { Query, Resolver } from '@nestjs/graphql';
import { DatabaseProbe } from './database-probe.js';
import { DatabaseHealth } from './health.model.js';

/** Health over GraphQL. */
@Resolver()
export class HealthResolver {
  constructor(private readonly probe: DatabaseProbe) {}

  @Query(() => DatabaseHealth, { nullable: true, description: 'What SELECT 1 on a connection of its own says.' })
  databaseHealth(): Promise<DatabaseHealth> {
    return this.probe.check();
  }
}
