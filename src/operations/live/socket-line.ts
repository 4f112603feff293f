import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { RequestScope } from '../../base/request.js';
import { addressOf, bytesSent } from '../../http/line.js';

/** Names of operations that a line has at most, and what a name must look like: it is the client's text. */
const MAX_NAMES = 20;
const NAME = /^\w{1,40}$/;

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
    this.#operations.add(name === null ? 'unnamed' : NAME.test(name) ? name : '?');
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
  fields(code: number, { socket }: IncomingMessage, scope: RequestScope | null): { status: number; quiet: boolean } {
    const fields = {
      id: this.id,
      method: 'GET',
      route: '/graphql',
      address: addressOf(this.address),
      status: 101,
      ms: Math.round((performance.now() - this.#began) * 100) / 100,
      bytes: bytesSent(socket),
      db_ms: Math.round((scope?.databaseMs ?? 0) * 100) / 100,
      statements: scope?.statements ?? 0,
      operations: [...this.#operations],
      close_code: code,
      ...(this.#reason === null ? {} : { reason: this.#reason }),
      ...(scope === null || scope.client === null ? {} : { client: scope.client }),
    };
    return { ...fields, quiet: false };
  }
}

/** Has the errors of a connection noted and nowhere written; ws closes it by itself, with the code that fits. */
export function quietly(client: WebSocket, line: SocketLine): void {
  client.removeAllListeners('error');
  client.on('error', (error) => line.failed(error));
}
