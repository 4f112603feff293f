import type { Tracing } from '../base/tracing.js';
import { type Config, tracesEndpoint } from '../config/config.js';

/**
 * Tracing as `OTEL_*` asks for it. OpenTelemetry is loaded only then: it costs time and memory at the start.
 * @param database  URL of the database that statements are sent to
 * @param warn      told of spans that cannot be sent
 */
export async function openTracing(
  config: Readonly<Config>,
  database: string,
  warn: (line: string) => void,
): Promise<Tracing | null> {
  const endpoint = tracesEndpoint(config);
  if (endpoint === null) return null;
  const { OtelTracing } = await import('./otel.js');
  return new OtelTracing(endpoint, config, database, warn);
}
