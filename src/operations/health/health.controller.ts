import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { snakeKeys } from '../../contract/wire.js';
import { formatInstant, now } from '../../base/time.js';
import { DailyAggregate } from '../../data/market-data/aggregate.js';
import { DatabaseProbe } from './database-probe.js';
import { Lifecycle } from './lifecycle.js';
import { Readiness } from './readiness.js';

/** Health for load balancers and orchestrators: no key, no limit, never cached. */
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly probe: DatabaseProbe,
    private readonly readiness: Readiness,
    private readonly lifecycle: Lifecycle,
    private readonly aggregate: DailyAggregate,
  ) {}

  @Get('live')
  @ApiOperation({ summary: 'Whether the process answers; looks at nothing else' })
  @ApiResponse({ status: 200, description: 'It does.' })
  live(@Res() reply: FastifyReply): void {
    send(reply, 200, { status: 'live' });
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether requests should be sent here, from what is known; asks nobody' })
  @ApiResponse({ status: 200, description: 'They should.' })
  @ApiResponse({ status: 503, description: 'Starting, draining, or the database is confirmed down.' })
  ready(@Res() reply: FastifyReply): void {
    const reason = this.readiness.notReady();
    send(reply, reason ? 503 : 200, reason ? { status: 'not_ready', reason } : { status: 'ready' });
  }

  @Get('database')
  @ApiOperation({ summary: 'Whether the database answers SELECT 1, on a connection outside the pool' })
  @ApiResponse({ status: 200, description: 'It does.' })
  @ApiResponse({ status: 503, description: 'It does not, or this process is about to end.' })
  async database(@Res() reply: FastifyReply): Promise<void> {
    if (this.lifecycle.draining) {
      send(reply, 503, { status: 'unhealthy', timestamp: formatInstant(now()), error: 'draining' });
      return;
    }
    const { status, timestamp, latencyMs, error } = await this.probe.check();
    const degraded = this.aggregate.isStale() ? { degraded: ['daily_stale'] } : {};
    if (status === 'healthy') send(reply, 200, { status, timestamp, ...snakeKeys({ latencyMs }), ...degraded });
    else send(reply, 503, { status, timestamp, error });
  }
}

function send(reply: FastifyReply, status: number, body: object): void {
  reply.status(status).header('cache-control', 'no-store');
  if (status === 503) reply.header('retry-after', '1');
  void reply.send(body);
}
