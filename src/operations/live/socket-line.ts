import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Log } from '../../base/log.js';
import type { RequestScope } from '../../base/request.js';
import { addressOf, bytesSent, loggedMs, loggedName, MAX_NAMES } from '../../http/line.js';

/** A WebSocket on its way to its line in the log, which is written when it closes. */
export class SocketLine {
  readonly #began = performance.now();
  readonly #operations = new Set<string>();
  #reason: string | null = null;

  /** @param id  of the request that it began as */
  constructor(
    readonly id: string,
    private readonly address: string,
  ) {}

  /** Notes that an operation was subscribed to; null for one without a name. */
  subscribed(name: string | null): void {
    if (this.#operations.size >= MAX_NAMES) return;
    this.#operations.add(name === null ? 'unnamed' : loggedName(name));
  }

  /** Notes what is wrong with what the client sent, which closes the connection. */
  failed({ message }: Error): void {
    this.#reason ??= message;
  }

  /**
   * What the log says of it.
   * @param code   what it was closed with (RFC 6455, 7.4)
   * @param scope  null for one that never was let in
   */
  fields(code: number, { socket }: IncomingMessage, scope: RequestScope | null): Parameters<Log['request']>[0] {
    return {
      id: this.id,
      method: 'GET',
      route: '/graphql',
      address: addressOf(this.address),
      status: 101,
      ms: loggedMs(performance.now() - this.#began),
      bytes: bytesSent(socket),
      db_ms: loggedMs(scope?.databaseMs ?? 0),
      statements: scope?.statements ?? 0,
      operations: [...this.#operations],
      close_code: code,
      ...(this.#reason === null ? {} : { reason: this.#reason }),
      ...(scope === null || scope.client === null ? {} : { client: scope.client }),
      quiet: false,
    };
  }
}

/** Has the errors of a connection noted and nowhere written; ws closes it by itself, with the code that fits. */
export function quietly(client: WebSocket, line: SocketLine): void {
  client.removeAllListeners('error');
  client.on('error', (error) => line.failed(error));
}
