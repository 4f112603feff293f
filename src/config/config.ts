import { IsIn, IsInt, IsOptional, Max, Min, validateSync } from 'class-validator';

/** The environment as the application uses it; `.env.example` says what each variable is for. */
export class Config {
  @IsInt() @Min(0) @Max(65_535) PORT = 3000;
  HOST = '127.0.0.1';

  /** A `postgres://` URL; without one the embedded PostgreSQL with sample data is started. */
  @IsOptional() DATABASE_URL?: string;
  /** Where the embedded PostgreSQL keeps its data. */
  TETRA_DATA_DIR = '.tetra';

  @IsInt() @Min(1) @Max(1000) DATABASE_POOL_SIZE = 20;
  @IsInt() @Min(0) @Max(1000) DATABASE_MAX_OVERFLOW = 10;
  @IsInt() @Min(10) @Max(60_000) DATABASE_POOL_TIMEOUT_MS = 1000;
  @IsInt() @Min(1) @Max(86_400) DATABASE_POOL_RECYCLE_SECONDS = 3600;
  @IsInt() @Min(10) @Max(600_000) DATABASE_LOCK_TIMEOUT_MS = 1000;
  @IsInt() @Min(100) @Max(600_000) DATABASE_STATEMENT_TIMEOUT_MS = 5000;
  /** Connections that stream whole exports, beside the pool, so that exports never starve pages. */
  @IsInt() @Min(1) @Max(100) DATABASE_EXPORT_POOL_SIZE = 2;
  @IsInt() @Min(1000) @Max(3_600_000) DATABASE_EXPORT_TIMEOUT_MS = 300_000;

  /** Comma-separated origins that browsers may call from; `*` for any; empty for none. */
  CORS_ORIGINS = '';
  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'silent']) LOG_LEVEL = 'info';

  /** How long the health routes say 503 before the server stops to listen. */
  @IsInt() @Min(0) @Max(300_000) SHUTDOWN_DRAIN_MS = 1000;
  /** After this the process ends whatever is still running. */
  @IsInt() @Min(100) @Max(600_000) SHUTDOWN_TIMEOUT_MS = 20_000;
}

/** A start that cannot go on, in one line that names the variable and never its value. */
export class ConfigError extends Error {}

/**
 * Reads the environment once.
 * @throws ConfigError naming the variable that is wrong
 */
export function loadConfig(env: NodeJS.ProcessEnv): Readonly<Config> {
  const config = new Config();
  for (const name of ['DATABASE_URL', ...Object.keys(config)] as (keyof Config)[]) {
    const text = env[name]?.trim();
    if (!text) continue;
    const numeric = typeof config[name] === 'number';
    if (numeric && !/^-?\d{1,9}$/.test(text)) throw new ConfigError(`${name} must be a whole number`);
    Object.assign(config, { [name]: numeric ? Number(text) : text });
  }
  const [failed] = validateSync(config);
  if (failed) throw new ConfigError(Object.values(failed.constraints ?? {})[0]!);
  if (config.DATABASE_URL !== undefined && !isPostgresUrl(config.DATABASE_URL)) {
    throw new ConfigError('DATABASE_URL must be a URL such as postgres://user:password@host:5432/tetra');
  }
  return Object.freeze(config);
}

function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol);
}
