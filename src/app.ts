import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { AppModule } from './app.module.js';
import { keepSecret, Log, throttled } from './base/log.js';
import { corsOrigins, replicaUrls } from './config/config.js';
import { ArgsPipe } from './contract/args-pipe.js';
import { serveGraphiqlAssets } from './graphql/graphiql.js';
import { graphqlHost, graphqlTags } from './graphql/http.js';
import { ApiKeys } from './http/access/api-keys.js';
import { Admission } from './http/admission.js';
import { Delivery } from './http/delivery.js';
import { addStages, stagesOf } from './http/pipeline.js';
import { ProblemFilter } from './http/problem.js';
import { Requests } from './http/requests.js';
import { securityHeaders, varyOf } from './http/security-headers.js';
import { serverOptions } from './http/server-options.js';
import { serveSubscriptions } from './operations/live/subscriptions.js';
import { MetricsServer } from './operations/monitoring/metrics-server.js';
import type { DatabaseOptions } from './postgres/postgres.module.js';
import { AnswerAdapter } from './rest/answer.js';
import { serveIndex } from './rest/index-page.js';
import { serveDocs } from './rest/openapi.js';
import { builtPage, servePage } from './rest/page.js';
import { openTracing } from './tracing/open.js';

/** What the application needs to run. */
export interface AppOptions extends Omit<DatabaseOptions, 'tracing'> {
  /** Where its lines go; to standard output when absent. */
  readonly log?: Log;
  /** The folder of the built page; where the build puts it when absent. */
  readonly page?: string;
}

/** The application as it runs, tests included: pipes, filters, hooks, documents. It does not listen yet. */
export async function createApp(options: AppOptions): Promise<NestFastifyApplication> {
  const { config, log = new Log(config), sample = false } = options;
  for (const url of [options.url, ...replicaUrls(config)]) keepSecret(decodeURIComponent(new URL(url).password));
  const say = (context: string, level: 'warn' | 'error'): ((line: string) => void) =>
    throttled((line) => log[level](line, context));
  const keys = config.API_KEYS_FILE ? new ApiKeys(config.API_KEYS_FILE, say('Access', 'error')) : null;
  const tracing = await openTracing(config, options.url, say('Tracing', 'warn'));
  const admission = new Admission(config);
  const delivery = new Delivery(config);
  const origins = corsOrigins(config);
  const always = { vary: varyOf(keys !== null), ...(sample ? { 'x-sample-data': 'true' } : {}) };
  const headers = securityHeaders(origins.length > 0, config.TRUST_PROXY !== '', always);
  const requests = new Requests(log, admission, { headers, sample }, tracing);

  const adapter = new AnswerAdapter(serverOptions(config, requests));
  const http = adapter.getInstance<FastifyInstance>();
  const server = http.server;
  server.maxConnections = config.HTTP_MAX_CONNECTIONS;
  admission.guard(server, { origins, always }, (...refusal) => requests.refused(...refusal));
  requests.declare(http);
  const graphql = { host: graphqlHost, tags: graphqlTags };
  await addStages(http, stagesOf(http, { config, requests, admission, delivery, keys, origins, graphql }));
  http.addHook('onClose', async () => {
    admission.close();
    delivery.close();
    keys?.close();
    await tracing?.close();
  });

  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot({ ...options, tracing }), adapter, {
    logger: log,
    abortOnError: false,
  });
  app.useGlobalPipes(new ArgsPipe());
  app.useGlobalFilters(new ProblemFilter());
  app.get(MetricsServer).attach(http, requests, keys);
  // Waiting for a plugin settles how the routes that are there answer errors, so it comes before all others.
  const built = config.PAGE === 'off' ? null : (options.page ?? builtPage());
  const page = built === null ? null : await servePage(http, built);
  serveGraphiqlAssets(http);
  serveSubscriptions(app, http, { config, keys, origins, log, requests });
  serveDocs(app);
  serveIndex(http, sample, page);
  return app;
}
