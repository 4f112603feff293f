import { IsBoolean, IsIn, IsInt, IsNumber, IsOptional, Max, Min, validateSync } from 'class-validator';
import { isIP } from 'node:net';
import { ConfigError } from './config-error.js';
import { DOORS, mcpHosts, openDoors } from './doors.js';

export { ConfigError } from './config-error.js';
export { type Door, mcpHosts, openDoors } from './doors.js';

/** Which traces are kept: all, none, or a share; `parentbased_` leaves it to a client that names a trace of its own. */
const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type Sampler = (typeof SAMPLERS)[number];

/** The environment as the application uses it; `.env.example` says what each variable is for. */
export class Config {
  @IsInt() @Min(0) @Max(65_535) PORT = 3000;
  HOST = '127.0.0.1';

  /** A `postgres://` URL; without one the embedded PostgreSQL with sample data is started. */
  @IsOptional() DATABASE_URL?: string;
  /** The password on its first line, and perhaps one to try after it, read again for each connection. */
  DATABASE_PASSWORD_FILE = '';
  /** Comma-separated URLs of streaming standbys that share the reads. */
  DATABASE_REPLICA_URLS = '';
  /** How far behind the primary a standby may be. */
  @IsInt() @Min(100) @Max(86_400_000) DATABASE_REPLICA_MAX_LAG_MS = 10_000;
  /** Where the embedded PostgreSQL keeps its data. */
  TETRA_DATA_DIR = '.tetra';

  /** The pool has SQLAlchemy's settings by the names that the pipeline uses for them; times are in seconds. */
  @IsInt() @Min(1) @Max(1000) DATABASE_POOL_SIZE = 20;
  /** Connections beyond the pool's size under load; they are closed again when idle. */
  @IsInt() @Min(0) @Max(1000) DATABASE_MAX_OVERFLOW = 10;
  /** How long a request waits for a connection. The pipeline's batches wait 30; who waits for an API does not. */
  @IsNumber() @Min(0.05) @Max(60) DATABASE_POOL_TIMEOUT = 1;
  @IsInt() @Min(1) @Max(86_400) DATABASE_POOL_RECYCLE = 3600;
  /** Asks a connection that was idle for long, or that may have been lost with another, before it is used. */
  @IsBoolean() DATABASE_POOL_PRE_PING = true;

  @IsInt() @Min(10) @Max(600_000) DATABASE_LOCK_TIMEOUT_MS = 1000;
  @IsInt() @Min(100) @Max(600_000) DATABASE_STATEMENT_TIMEOUT_MS = 5000;
  /** Connections that stream whole exports, beside the pool, so that exports never starve pages. */
  @IsInt() @Min(1) @Max(100) DATABASE_EXPORT_POOL_SIZE = 2;
  /** How long an export takes, all told, and how many bytes a second its client must take of it. */
  @IsInt() @Min(1000) @Max(3_600_000) DATABASE_EXPORT_TIMEOUT_MS = 300_000;
  @IsInt() @Min(0) @Max(100_000_000) DATABASE_EXPORT_MIN_RATE = 65_536;

  /** From the request to the first byte of its answer; later than every time-out below it. */
  @IsInt() @Min(500) @Max(900_000) REQUEST_TIMEOUT_MS = 8000;
  /** How long a client may take to send its headers, and its whole request. */
  @IsInt() @Min(500) @Max(600_000) HTTP_HEADERS_TIMEOUT_MS = 10_000;
  @IsInt() @Min(500) @Max(600_000) HTTP_RECEIVE_TIMEOUT_MS = 15_000;
  /**
   * An idle connection is kept so long: longer than load balancers do (60 s), which reuse one up to the last moment.
   */
  @IsInt() @Min(1000) @Max(3_600_000) HTTP_KEEP_ALIVE_MS = 75_000;
  /** A client that takes less of its answer than so many bytes a second, over so long, is cut off. */
  @IsInt() @Min(500) @Max(3_600_000) HTTP_IDLE_TIMEOUT_MS = 30_000;
  @IsInt() @Min(0) @Max(100_000_000) HTTP_MIN_RATE = 16_384;
  @IsInt() @Min(10) @Max(1_000_000) HTTP_MAX_CONNECTIONS = 10_000;
  /** Requests at work at a time, and the event-loop delay from which only as many as there are connections may be. */
  @IsInt() @Min(1) @Max(100_000) MAX_REQUESTS = 500;
  @IsInt() @Min(20) @Max(60_000) MAX_EVENT_LOOP_DELAY_MS = 50;
  /** Bytes of answers that clients have not read yet. */
  @IsInt() @Min(1_000_000) @Max(999_999_999) MAX_BYTES_IN_FLIGHT = 134_217_728;
  /**
   * What one client (key, otherwise address) may hold of connections, exports and unread bytes while others are there.
   */
  @IsNumber() @Min(0.01) @Max(1) CLIENT_SHARE = 0.5;
  /** How often the database is looked at for who listens; how many may, in all; bytes that may wait for one of them. */
  @IsInt() @Min(50) @Max(60_000) LIVE_POLL_MS = 500;
  @IsInt() @Min(1) @Max(100_000) LIVE_MAX_LISTENERS = 2000;
  @IsInt() @Min(10_000) @Max(100_000_000) LIVE_MAX_BYTES = 1_000_000;

  /** `off` lets a server without keys listen on a public address. */
  @IsIn(['', 'off']) AUTH = '';
  /** Lines `name:sha256`, the SHA-256 of a key in hexadecimal; read again when the file changes. */
  API_KEYS_FILE = '';
  /** Requests a minute for each key, or each address where there are no keys; 0 for no limit. */
  @IsInt() @Min(0) @Max(100_000_000) RATE_LIMIT = 0;
  /** Proxies whose X-Forwarded-For counts: how many stand in front, or their addresses and networks. */
  TRUST_PROXY = '';
  /** `off` serves no page for people: `/` is then the list of links only. */
  @IsIn(['', 'on', 'off']) PAGE = '';
  /** Comma-separated origins that browsers may call from; `*` for any; empty for none. */
  CORS_ORIGINS = '';

  /** Comma-separated {@link DOORS} that are open; `none` for none. */
  DOORS = DOORS.join(',');
  /** Comma-separated names of this server that assistants call it by, beside those of this machine. */
  MCP_HOSTS = '';

  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'silent']) LOG_LEVEL = 'info';
  /** `json` for one object a line, `text` for people; a terminal gets text when nothing is said. */
  @IsIn(['', 'json', 'text']) LOG_FORMAT = '';

  /**
   * Processes that share the port; each has pools and limits of its own, and its `/metrics` at METRICS_PORT + 0, 1, …
   */
  @IsInt() @Min(1) @Max(64) WORKERS = 1;
  /** Which of them this process is; set by the one that starts them. */
  @IsInt() @Min(0) @Max(63) TETRA_WORKER = 0;

  /** Whether the database holds sample data, which every answer then says; set for the built-in one. */
  @IsBoolean() TETRA_SAMPLE = false;

  /** `/metrics` at an address of its own, which the API's clients cannot reach; port 0: beside the API. */
  METRICS_HOST = '127.0.0.1';
  @IsInt() @Min(0) @Max(65_535) METRICS_PORT = 0;

  /**
   * Traces, by the names that OpenTelemetry gives them; none without an endpoint. OTEL_RESOURCE_ATTRIBUTES and
   * OTEL_EXPORTER_OTLP_HEADERS, _TIMEOUT, _COMPRESSION and _CERTIFICATE are read by OpenTelemetry's own exporter.
   */
  @IsBoolean() OTEL_SDK_DISABLED = false;
  @IsIn(['', 'otlp', 'none']) OTEL_TRACES_EXPORTER = '';
  /** Where the collector is; `/v1/traces` is added to the first and not to the second. */
  OTEL_EXPORTER_OTLP_ENDPOINT = '';
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = '';
  OTEL_EXPORTER_OTLP_PROTOCOL = '';
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL = '';
  OTEL_SERVICE_NAME = 'tetra-query-api';
  @IsIn(SAMPLERS) OTEL_TRACES_SAMPLER: Sampler = 'parentbased_always_on';
  /** Of `traceidratio`: the share of traces that is kept. */
  @IsNumber() @Min(0) @Max(1) OTEL_TRACES_SAMPLER_ARG = 1;
  /** How often spans are sent, in milliseconds, and how many are kept for a collector that does not take them. */
  @IsInt() @Min(1) @Max(600_000) OTEL_BSP_SCHEDULE_DELAY = 5000;
  @IsInt() @Min(1) @Max(1_000_000) OTEL_BSP_MAX_QUEUE_SIZE = 2048;

  /** How long the health routes say 503 before the server stops to listen. */
  @IsInt() @Min(0) @Max(300_000) SHUTDOWN_DRAIN_MS = 1000;
  /** After this the process ends whatever is still running. */
  @IsInt() @Min(100) @Max(600_000) SHUTDOWN_TIMEOUT_MS = 20_000;
}

/** How much longer than a statement may run we wait for its reply before the connection counts as lost. */
export const REPLY_GRACE_MS = 1000;

const TRUTH = new Map(Object.entries({ true: true, false: false, '1': true, '0': false, on: true, off: false }));

/** The variables that the server reads. */
export const CONFIG_NAMES = ['DATABASE_URL', ...Object.keys(new Config())] as (keyof Config)[];

/**
 * Reads the environment once.
 * @throws ConfigError naming the variable that is wrong
 */
export function loadConfig(env: NodeJS.ProcessEnv): Readonly<Config> {
  const config = new Config();
  for (const name of CONFIG_NAMES) {
    const text = env[name]?.trim();
    if (text) Object.assign(config, { [name]: parsed(name, text, typeof config[name]) });
  }
  const [failed] = validateSync(config);
  if (failed) throw new ConfigError(Object.values(failed.constraints ?? {})[0]);
  if (config.DATABASE_URL !== undefined && !isPostgresUrl(config.DATABASE_URL)) {
    throw new ConfigError('DATABASE_URL must be a URL such as postgres://user:password@host:5432/tetra');
  }
  if (!replicaUrls(config).every(isPostgresUrl)) {
    throw new ConfigError(
      'DATABASE_REPLICA_URLS must be comma-separated URLs such as postgres://user:password@host:5432/tetra',
    );
  }
  tracesEndpoint(config);
  requireOrder(config);
  trustedProxies(config.TRUST_PROXY);
  corsOrigins(config);
  openDoors(config);
  mcpHosts(config);
  return Object.freeze(config);
}

function parsed(name: string, text: string, type: string): unknown {
  if (type === 'boolean') {
    const value = TRUTH.get(text.toLowerCase());
    if (value === undefined) throw new ConfigError(`${name} must be true or false`);
    return value;
  }
  if (type !== 'number') return text;
  if (!/^-?\d{1,9}(\.\d{1,9})?$/.test(text)) throw new ConfigError(`${name} must be a number`);
  return Number(text);
}

/** Each limit must strike before the one around it, or its own message never reaches anybody. */
function requireOrder(config: Config): void {
  const order: (keyof Config)[] = ['DATABASE_LOCK_TIMEOUT_MS', 'DATABASE_STATEMENT_TIMEOUT_MS', 'REQUEST_TIMEOUT_MS'];
  for (const [i, name] of order.slice(1).entries()) {
    if (config[order[i]!]! >= config[name]!) throw new ConfigError(`${name} must be longer than ${order[i]!}`);
  }
  if (config.REQUEST_TIMEOUT_MS <= config.DATABASE_STATEMENT_TIMEOUT_MS + REPLY_GRACE_MS) {
    throw new ConfigError(
      `REQUEST_TIMEOUT_MS must be longer than DATABASE_STATEMENT_TIMEOUT_MS plus ${REPLY_GRACE_MS}`,
    );
  }
}

/** The standbys' URLs. */
export function replicaUrls({ DATABASE_REPLICA_URLS }: Pick<Config, 'DATABASE_REPLICA_URLS'>): string[] {
  return DATABASE_REPLICA_URLS.split(',')
    .map((url) => url.trim())
    .filter(Boolean);
}

/**
 * Where traces are sent to, or null where none are.
 * @throws ConfigError when it is no place that we can send to
 */
export function tracesEndpoint(config: Readonly<Config>): string | null {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own } = config;
  if (config.OTEL_SDK_DISABLED || config.OTEL_TRACES_EXPORTER === 'none') return null;
  if (base === '' && own === '' && config.OTEL_TRACES_EXPORTER === '') return null;
  const protocol = config.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || config.OTEL_EXPORTER_OTLP_PROTOCOL;
  if (protocol !== '' && protocol !== 'http/protobuf') {
    throw new ConfigError('OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf, to a port such as 4318');
  }
  const url = own || `${(base || 'http://localhost:4318').replace(/\/$/, '')}/v1/traces`;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    const name = own ? 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT' : 'OTEL_EXPORTER_OTLP_ENDPOINT';
    throw new ConfigError(`${name} must be a URL such as http://collector:4318`);
  }
  return url;
}

function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol);
}

/**
 * The proxies that TRUST_PROXY names: none, how many, or which. Never all: whoever is trusted may name any address.
 * A number trusts so many addresses, counted from the one that connected.
 * @throws ConfigError when it says neither
 */
export function trustedProxies(text: string): false | string[] | ((address: string, hop: number) => boolean) {
  if (text === '') return false;
  // Fastify takes no bare number, since it cannot know that nobody else connects: TRUST_PROXY says so.
  if (/^\d{1,2}$/.test(text)) return (_address, hop) => hop < Number(text);
  const networks = text.split(',').map((network) => network.trim());
  for (const network of networks) {
    const [address = '', bits, ...more] = network.split('/');
    const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)]!;
    const good = most > 0 && more.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && +bits <= most));
    if (!good) {
      throw new ConfigError('TRUST_PROXY must be a number of hops, or addresses and networks such as 10.0.0.0/8');
    }
  }
  return networks;
}

/**
 * The origins whose pages may read answers; `*` for any.
 * @throws ConfigError when one is written as no browser sends it
 */
export function corsOrigins({ CORS_ORIGINS }: Pick<Config, 'CORS_ORIGINS'>): string[] {
  const origins = CORS_ORIGINS.split(',')
    .map((origin) => origin.trim())
    .filter(Boolean);
  for (const origin of origins) {
    if (origin === '*' || origin === 'null' || SCHEME_OF_AN_APP.test(origin)) continue;
    const url = URL.canParse(origin) ? new URL(origin) : null;
    if (url?.origin === origin && !origin.includes('*')) continue;
    const meant =
      url && !origin.includes('*') && /^https?:$/.test(url.protocol) ? url.origin : 'https://dash.example:8443';
    throw new ConfigError(
      `CORS_ORIGINS has an entry that no browser sends: write scheme, host and port only, such as ${meant}`,
    );
  }
  return origins;
}

/** Browser extensions and apps have origins with schemes of their own. */
const SCHEME_OF_AN_APP = /^(?!https?:|wss?:|ftp:|file:)[a-z][a-z\d+.-]*:\/\/[a-z\d.-]+(:\d+)?$/;

/** Whether a host to listen on can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * Without keys only this machine may call, unless the operator says that someone else looks after access.
 * @throws ConfigError when neither holds
 */
export function requireAccess(config: Readonly<Config>): void {
  if (config.API_KEYS_FILE || config.AUTH === 'off' || isLoopback(config.HOST)) return;
  throw new ConfigError('HOST is a public address: set API_KEYS_FILE, or AUTH=off when something else guards access');
}
