import compress from '@fastify/compress';
import helmet from '@fastify/helmet';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppModule } from './app.module.js';
import { AnswerAdapter } from './common/answer.js';
import { ArgsPipe } from './common/args.js';
import { serveGraphiqlAssets } from './common/graphiql.js';
import { openApiDocument, serveDocs } from './common/openapi.js';
import { ProblemFilter, sendProblem } from './common/problem.js';
import { addRequestHooks, refuseOtherMethods, requestId } from './common/request-hooks.js';
import type { DatabaseOptions } from './database/database.module.js';

/** The application as it runs, tests included: pipes, filters, hooks, documents. It does not listen yet. */
export async function createApp(options: DatabaseOptions): Promise<NestFastifyApplication> {
  const adapter = new AnswerAdapter({
    genReqId: requestId as never,
    requestIdHeader: false,
    routerOptions: { maxParamLength: 1000 },
    bodyLimit: 256 * 1024,
    // Malformed URLs never reach a route.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => sendProblem(error, request, reply),
  });
  const http = adapter.getInstance() as unknown as FastifyInstance;
  refuseOtherMethods(http);
  addRequestHooks(http);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(options), adapter, {
    logger: nestLevels(options.config.LOG_LEVEL),
    abortOnError: false,
  });
  app.useGlobalPipes(new ArgsPipe());
  app.useGlobalFilters(new ProblemFilter());
  const origins = options.config.CORS_ORIGINS.split(',')
    .map((origin) => origin.trim())
    .filter(Boolean);
  if (origins.length > 0) {
    app.enableCors({
      origin: origins.includes('*') ? '*' : origins,
      methods: ['GET', 'HEAD', 'POST'],
      exposedHeaders: [
        'Link',
        'X-Next-Page-Token',
        'X-Data-Through',
        'X-Request-Id',
        'Server-Timing',
        'ETag',
        'Retry-After',
      ],
      maxAge: 86_400,
    });
  }
  await app.register(
    compress as never,
    { global: true, encodings: ['br', 'gzip'], threshold: 1024, inflateIfDeflated: false } as never,
  );
  await app.register(
    helmet as never,
    {
      contentSecurityPolicy: {
        directives: {
          'script-src': ["'self'"],
          'style-src': ["'self'", "'unsafe-inline'"],
          'upgrade-insecure-requests': null,
        },
      },
      hsts: false,
      crossOriginResourcePolicy: origins.length > 0 ? { policy: 'cross-origin' } : { policy: 'same-origin' },
    } as never,
  );
  serveGraphiqlAssets(http);
  serveDocs(app, openApiDocument(app));
  return app;
}

type Level = 'fatal' | 'error' | 'warn' | 'log' | 'debug';

function nestLevels(level: string): Level[] | false {
  const order: [string, Level][] = [
    ['fatal', 'fatal'],
    ['error', 'error'],
    ['warn', 'warn'],
    ['info', 'log'],
    ['debug', 'debug'],
  ];
  const end = order.findIndex(([name]) => name === level);
  return end < 0 ? false : order.slice(0, end + 1).map(([, nest]) => nest);
}
