import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger as Pino } from 'pino';
import type { Config } from '../config/config.js';
import { currentRequest } from './request.js';

/** Strings that must never appear in a log, however they got into a message. */
const secrets = new Set<string>();

/** Keeps a secret out of every line logged from now on. */
export function keepSecret(text: string | undefined): void {
  // A short one is no secret, and would riddle the lines with holes.
  if (text !== undefined && text.length >= 6) for (const form of [text, encodeURIComponent(text)]) secrets.add(form);
}

/** A text without the secrets that we know of and the credentials of any URL in it. */
export function redacted(text: string): string {
  let clean = text.replace(/\/\/[^/@\s]*@/g, '//***@');
  for (const secret of secrets) clean = clean.replaceAll(secret, '***');
  return clean;
}

/** Nest's own words at every start: what it found, which the documents list better. */
const CHATTER = new Set([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'GraphQLModule',
  'NestApplication',
]);

/** Writes the log: one JSON object a line, or one readable line where people look on. */
export class Log implements LoggerService {
  /** Whether lines are for people, and not for programs. */
  readonly readable: boolean;
  readonly #pino: Pino;

  /** @param destination  where lines go; standard output when absent, without waiting for it */
  constructor(config: Pick<Config, 'LOG_LEVEL' | 'LOG_FORMAT'>, destination?: DestinationStream) {
    this.readable = config.LOG_FORMAT === 'text' || (config.LOG_FORMAT === '' && process.stdout.isTTY);
    const out = destination ?? pino.destination({ dest: 1, sync: false });
    this.#pino = pino(
      {
        base: undefined,
        level: config.LOG_LEVEL,
        timestamp: () => `,"time":"${new Date().toISOString()}"`,
        formatters: { level: (level) => ({ level }) },
      },
      this.readable ? { write: (line: string) => out.write(`${readableLine(line)}\n`) } : out,
    );
  }

  /** One finished request. */
  request(fields: { readonly status: number; readonly quiet: boolean } & Record<string, unknown>): void {
    const { quiet, ...rest } = fields;
    const level = quiet ? 'debug' : fields.status >= 500 ? 'warn' : 'info';
    this.#pino[level](rest, 'request');
  }

  log(message: unknown, context?: string): void {
    this.#write(CHATTER.has(context ?? '') ? 'debug' : 'info', message, context);
  }

  warn(message: unknown, context?: string): void {
    this.#write('warn', message, context);
  }

  debug(message: unknown, context?: string): void {
    this.#write('debug', message, context);
  }

  verbose(message: unknown, context?: string): void {
    this.#write('trace', message, context);
  }

  /** An error; `more` is its stack and the context, or the context alone, as Nest calls it. */
  error(message: unknown, ...more: unknown[]): void {
    const [stack, context] = more.length > 1 ? more : [undefined, more[0]];
    // Nest says what it throws as well.
    this.#write(context === 'NestApplication' ? 'debug' : 'error', message, context, stack);
  }

  fatal(message: unknown, ...more: unknown[]): void {
    const [stack, context] = more.length > 1 ? more : [undefined, more[0]];
    this.#write('fatal', message, context, stack);
  }

  #write(
    level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal',
    message: unknown,
    context?: unknown,
    stack?: unknown,
  ): void {
    const text = message instanceof Error ? (message.stack ?? message.message) : String(message);
    const fields: Record<string, unknown> = {};
    if (context !== undefined) fields.context = context;
    if (typeof stack === 'string') fields.stack = redacted(stack);
    const trace = currentRequest()?.trace;
    if (trace) fields.trace_id = trace.traceId;
    this.#pino[level](fields, redacted(text));
  }
}

/** What every line has, and some have; the rest is what a request's line tells. */
interface LogLine extends Readonly<Record<string, unknown>> {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly context?: string;
  readonly stack?: string;
}

function readableLine(line: string): string {
  const { level, time, context, msg, stack, ...rest } = JSON.parse(line) as LogLine;
  const words = Object.entries(rest).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const head = [time.slice(11, 19), level, ...(context ? [`[${context}]`] : []), msg, ...words];
  return [head.join(' '), ...(stack ? [stack] : [])].join('\n');
}

/** Says each line at most once a minute; what is the same for every request is no news the second time. */
export function throttled(write: (line: string) => void, everyMs = 60_000): (line: string) => void {
  const written = new Map<string, number>();
  return (line) => {
    const now = performance.now();
    if (now - (written.get(line) ?? -Infinity) < everyMs) return;
    if (written.size > 1000) written.clear();
    written.set(line, now);
    write(line);
  };
}
