import type { IncomingHttpHeaders } from 'node:http';

/** A span that is under way. What goes wrong is told by a code, never by a message, which may hold anything. */
export interface TraceSpan {
  /** The trace that it is part of, as `traceparent` writes it. */
  readonly traceId: string;
  end(error: string | null): void;
}

/** The span of a GraphQL operation; its kind and name are known only when its document was read. */
export interface OperationSpan extends TraceSpan {
  resolved(type: string, name: string | null): void;
}

/** The span of a request. */
export interface RequestSpan extends TraceSpan {
  /** Ends it with the status that was sent; null when the answer never became whole. */
  answered(status: number | null): void;
}

/** What is known of a request when it begins; its route is the template, never the path. */
export interface TracedRequest {
  readonly id: string;
  readonly method: string;
  readonly route: string | undefined;
  readonly scheme: string;
  readonly headers: IncomingHttpHeaders;
}

/** Makes spans: of requests, of GraphQL operations in them, and of statements in either. */
export interface Tracing {
  /** A request, in the trace that its client names; null for what nobody wants to see in a trace. */
  request(request: TracedRequest): RequestSpan | null;
  operation(parent: TraceSpan): OperationSpan;
  /**
   * A statement; in a trace of its own when no request asked for it.
   * @param text    the statement as it was prepared, without parameters
   * @param server  `primary`, or host and port of a standby
   * @param within  the span it is part of; by default that of the request being served
   * @returns null within a request that is not traced
   */
  statement(text: string, server: string, within?: TraceSpan | null): TraceSpan | null;
  /** Sends what is left, within a time limit. */
  close(): Promise<void>;
}
