import compress from '@fastify/compress';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Server } from 'node:http';
import { constants } from 'node:zlib';
import { guardRequests } from './http/access/access.js';
import { ApiKeys } from './http/access/api-keys.js';
import { AppModule } from './app.module.js';
import { AnswerAdapter } from './rest/answer.js';
import { Delivery } from './http/delivery.js';
import { ArgsPipe } from './contract/args-pipe.js';
import { serveGraphiqlAssets } from './graphql/graphiql.js';
import { serveGraphqlOverHttp } from './graphql/http.js';
import { serveIndex } from './rest/index-page.js';
import { serveDocs } from './rest/openapi.js';
import { keepSecret, Log, sparingly } from './base/log.js';
import { corsOrigins, replicaUrls } from './config/config.js';
import { serverOptions } from './http/server-options.js';
import { Pressure } from './http/pressure.js';
import { ProblemFilter } from './http/problem.js';
import { MetricsServer } from './operations/monitoring/metrics-server.js';
import { refuseOtherMethods, Requests } from './http/requests.js';
import { shedLoad } from './http/shedding.js';
import { securityHeaders, varyOf } from './http/security-headers.js';
import { openTracing } from './tracing/open.js';
import type { DatabaseOptions } from './postgres/postgres.module.js';

/** What the application needs to run. */
export interface AppOptions extends Omit<DatabaseOptions, 'tracing'> {
  /** Where its lines go; to standard output when absent. */
  readonly log?: Log;
}

/** The application as it runs, tests included: pipes, filters, hooks, documents. It does not listen yet. */
export async function createApp(options: AppOptions): Promise<NestFastifyApplication> {
  const { config, log = new Log(config) } = options;
  for (const url of [options.url, ...replicaUrls(config)]) keepSecret(decodeURIComponent(new URL(url).password));
  const keys = config.API_KEYS_FILE
    ? new ApiKeys(
        config.API_KEYS_FILE,
        sparingly((line) => log.error(line, 'Access')),
      )
    : null;
  const pressure = new Pressure(config);
  const origins = corsOrigins(config);
  const { sample = false } = options;
  const always = { vary: varyOf(keys !== null), ...(sample ? { 'x-sample-data': 'true' } : {}) };
  const headers = securityHeaders(origins.length > 0, config.TRUST_PROXY !== '', always);
  const tracing = await openTracing(
    config,
    options.url,
    sparingly((line) => log.warn(line, 'Tracing')),
  );
  const requests = new Requests(
    log,
    pressure,
    new Delivery(config),
    { timeout: config.REQUEST_TIMEOUT_MS, headers, sample },
    tracing,
  );
  const adapter = new AnswerAdapter(serverOptions(config, requests));
  const http = adapter.getInstance() as unknown as FastifyInstance;
  refuseOtherMethods(http);
  requests.addTo(http);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot({ ...options, tracing }), adapter, {
    logger: log,
    abortOnError: false,
  });
  (app.getHttpServer() as Server).maxConnections = config.HTTP_MAX_CONNECTIONS;
  app.useGlobalPipes(new ArgsPipe());
  app.useGlobalFilters(new ProblemFilter());
  if (origins.length > 0) {
    app.enableCors({
      origin: origins.includes('*') ? '*' : origins,
      methods: ['GET', 'HEAD', 'POST'],
      exposedHeaders: [
        'Link',
        'X-Next-Page-Token',
        'Preference-Applied',
        'X-Data-Through',
        'X-Request-Id',
        'X-Sample-Data',
        'Server-Timing',
        'ETag',
        'Retry-After',
        'RateLimit',
        'RateLimit-Policy',
      ],
      maxAge: 86_400,
      // An OPTIONS that is no preflight is answered as one; the plugin would refuse it with a text of its own.
      strictPreflight: false,
    });
  }
  shedLoad(app.getHttpServer() as Server, pressure, requests, { origins, always });
  guardRequests(http, keys, config);
  serveGraphqlOverHttp(http);
  await app.register(
    compress as never,
    {
      encodings: ['zstd', 'br', 'gzip'],
      threshold: 1024,
      // As the plugin has it, and NDJSON and scripts.
      customTypes: /^text\/(?!event-stream)|[+/](x-nd)?json(;|$)|javascript/,
      globalDecompression: false,
      inflateIfDeflated: false,
      // A page of numbers shrinks to a fifth at the lowest level; each further one costs more than the whole request.
      brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } },
      zlibOptions: { level: 1 },
    } as never,
  );
  app.get(MetricsServer).attach(http, requests, keys);
  serveGraphiqlAssets(http);
  serveDocs(app);
  serveIndex(http, sample);
  return app;
}
