import { Query, Resolver } from '@nestjs/graphql';
import { DatabaseStatus } from './monitoring.model.js';
import { MonitoringQueries } from './monitoring.queries.js';

/** Monitoring over GraphQL. */
@Resolver()
export class MonitoringResolver {
  constructor(private readonly queries: MonitoringQueries) {}

  @Query(() => DatabaseStatus, {
    nullable: true,
    description: 'How the database is: sizes, chunks, compression, jobs, lag, slowest statements, connections.',
  })
  databaseStatus(): Promise<DatabaseStatus> {
    return this.queries.status();
  }
}
