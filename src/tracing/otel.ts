import {
  type Attributes,
  type Context,
  defaultTextMapGetter,
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { randomUUID } from 'node:crypto';
import type { Config } from '../config/config.js';
import { relationOf } from '../base/named-query.js';
import { currentRequest } from '../base/request.js';
import type { OperationSpan, RequestSpan, TracedRequest, TraceSpan, Tracing } from '../base/tracing.js';

/** The part of the time for the end of the process that a collector has which does not take what is left. */
const FLUSH_SHARE = 0.1;
/** What clients choose is cut off here; a statement is not that long. */
const NAME_MAX_LENGTH = 200;
const TEXT_MAX_LENGTH = 16_384;

/** Methods that HTTP's conventions name; others, which clients may invent, are one. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', 'QUERY']);
const QUIET = /^\/(health\/|metrics$)/;

class OtelSpan implements RequestSpan, OperationSpan {
  readonly context: Context;

  constructor(protected readonly span: Span) {
    this.context = trace.setSpan(ROOT_CONTEXT, span);
  }

  get traceId(): string {
    return this.span.spanContext().traceId;
  }

  answered(status: number | null): void {
    if (status === null) return this.end('incomplete_response');
    this.span.setAttribute('http.response.status_code', status);
    // A client's mistake is no fault of the server's.
    this.end(status >= 500 ? String(status) : null);
  }

  resolved(type: string, name: string | null): void {
    this.span.updateName(type).setAttribute('graphql.operation.type', type);
    if (name !== null) this.span.setAttribute('graphql.operation.name', name.slice(0, NAME_MAX_LENGTH));
  }

  end(error: string | null): void {
    if (error !== null) {
      this.span.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR });
    }
    this.span.end();
  }
}

class StatementSpan extends OtelSpan {
  override end(error: string | null): void {
    // A SQLSTATE has an attribute of its own, too.
    if (error !== null && /^[0-9A-Z]{5}$/.test(error)) this.span.setAttribute('db.response.status_code', error);
    super.end(error);
  }
}

/** Traces by OpenTelemetry's own SDK, sent as OTLP over HTTP. Names and attributes follow its semantic conventions. */
export class OtelTracing implements Tracing {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #incoming = new W3CTraceContextPropagator();
  readonly #database: Attributes;
  readonly #patience: number;

  constructor(endpoint: string, config: Readonly<Config>, database: string, warn: (line: string) => void) {
    reportTo(warn);
    this.#patience = config.SHUTDOWN_TIMEOUT_MS * FLUSH_SHARE;
    const queue = config.OTEL_BSP_MAX_QUEUE_SIZE;
    this.#provider = new TracerProvider({
      resource: defaultResource()
        .merge(resourceFromAttributes({ 'service.instance.id': randomUUID() }))
        .merge(detectResources({ detectors: [resourceAttributesEnvDetector] }))
        .merge(resourceFromAttributes({ 'service.name': config.OTEL_SERVICE_NAME })),
      sampler: samplerOf(config),
      spanLimits: { attributeValueLengthLimit: TEXT_MAX_LENGTH },
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: new OTLPTraceExporter({ url: endpoint }),
          scheduledDelayMillis: config.OTEL_BSP_SCHEDULE_DELAY,
          maxQueueSize: queue,
          maxExportBatchSize: Math.min(512, queue),
        }),
      ],
    });
    this.#tracer = this.#provider.getTracer('tetra-query-api');
    const { hostname, port, pathname } = new URL(database);
    this.#database = {
      'db.system.name': 'postgresql',
      'db.namespace': decodeURIComponent(pathname.slice(1)),
      ...addressOf(hostname, port),
    };
  }

  request({ id, method, route, scheme, headers }: TracedRequest): RequestSpan | null {
    if (route !== undefined && QUIET.test(route)) return null;
    const known = METHODS.has(method);
    const attributes: Attributes = {
      'http.request.method': known ? method : '_OTHER',
      'url.scheme': scheme,
      'tetra.request.id': id,
    };
    if (route !== undefined) attributes['http.route'] = route;
    const agent = headers['user-agent'];
    if (agent !== undefined) attributes['user_agent.original'] = agent.slice(0, NAME_MAX_LENGTH);
    const name = `${known ? method : 'HTTP'}${route === undefined ? '' : ` ${route}`}`;
    const parent = this.#incoming.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
    return new OtelSpan(this.#tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent));
  }

  operation(parent: TraceSpan): OperationSpan {
    return new OtelSpan(this.#tracer.startSpan('GraphQL Operation', {}, contextOf(parent)));
  }

  statement(text: string, server: string, within?: TraceSpan | null): TraceSpan | null {
    const parent = within === undefined ? currentRequest()?.trace : within;
    if (parent === null) return null;
    const collection = relationOf(text);
    const attributes: Attributes = { ...this.#database, 'db.operation.name': 'SELECT', 'db.query.text': text };
    if (collection !== null) attributes['db.collection.name'] = collection;
    if (server !== 'primary') {
      const { hostname, port } = new URL(`postgres://${server}`);
      Object.assign(attributes, addressOf(hostname, port));
    }
    const name = collection === null ? 'SELECT' : `SELECT ${collection}`;
    const span = this.#tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, contextOf(parent));
    return new StatementSpan(span);
  }

  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, this.#patience)));
    await Promise.race([this.#provider.shutdown().catch(() => undefined), late]);
    clearTimeout(timer);
  }
}

function contextOf(parent: TraceSpan | undefined): Context {
  return parent instanceof OtelSpan ? parent.context : ROOT_CONTEXT;
}

function addressOf(host: string, port: string): Attributes {
  return host === '' ? {} : { 'server.address': host, 'server.port': Number(port || 5432) };
}

function samplerOf({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio }: Readonly<Config>): Sampler {
  const root = name.endsWith('always_on')
    ? new AlwaysOnSampler()
    : name.endsWith('always_off')
      ? new AlwaysOffSampler()
      : new TraceIdRatioBasedSampler(ratio);
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}

/** OpenTelemetry's own troubles in a few words each, since its messages hold whole stacks. */
function reportTo(warn: (line: string) => void): void {
  setGlobalErrorHandler((error) => {
    const { code, name } = error as { code?: string | number; name?: string };
    warn(`spans cannot be sent: ${code ?? name ?? 'unknown'}`);
  });
  // What differs from one line to the next only by a number is said once.
  const say = (...words: unknown[]): void => {
    const text = words.filter((word) => typeof word === 'string').join(': ');
    warn(text.split('\n', 1)[0]!.replace(/\d+/g, 'n'));
  };
  const nothing = (): void => undefined;
  diag.setLogger(
    { error: say, warn: say, info: nothing, debug: nothing, verbose: nothing },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
