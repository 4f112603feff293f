import proxyAddress from '@fastify/proxy-addr';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { type Config, trustedProxies } from '../../config/config.js';
import type { Log } from '../../base/log.js';
import { LiveBars } from '../../data/market-data/live.js';
import type { ApiKeys } from '../../http/access/api-keys.js';
import type { Requests } from '../../http/requests.js';
import { serveGraphqlStream } from './graphql-stream.js';
import { LiveSockets } from './sockets.js';

/** What decides on who may subscribe. */
export interface SubscriptionOptions {
  readonly config: Readonly<Config>;
  /** Null where no key is asked for. */
  readonly keys: ApiKeys | null;
  /** Origins whose pages may connect, beside our own. */
  readonly origins: readonly string[];
  readonly log: Log;
  readonly requests: Requests;
}

/** Serves GraphQL's subscriptions over WebSockets and as server-sent events, until live bars end. */
export function serveSubscriptions(
  app: NestFastifyApplication,
  http: FastifyInstance,
  { config, keys, origins, log, requests }: SubscriptionOptions,
): void {
  // It is there when the first client asks.
  const schema = (): GraphQLSchema => app.get(GraphQLSchemaHost).schema;
  const live = app.get(LiveBars);
  const streams = serveGraphqlStream(http, schema, config.LIVE_MAX_BYTES);
  const believed = trustedProxies(config.TRUST_PROXY) || [];
  const sockets = new LiveSockets({
    ...{ schema, keys, origins, log, listeners: live.listeners },
    refused: (...refusal) => requests.refused(...refusal),
    addressOf: (request) => proxyAddress(request, believed),
  });
  sockets.attach(http.server);
  live.onEnd = () => {
    sockets.end();
    streams.end();
  };
}
