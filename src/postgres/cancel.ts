import type pg from 'pg';
import { cancelConnection, type ClientParts, partsOf } from './pg-internals.js';

/** Cancel connections at a time: a crowd that leaves at once must not become a crowd of connections. */
const MAX_CONCURRENT = 4;
/** How long one may take, in milliseconds; the statement's own time limit is behind it. */
const CANCEL_TIMEOUT_MS = 1000;

/**
 * Cancels statements in the database by the protocol's own CancelRequest: it needs no log-in and no free connection
 * slot, so it works when the server is full.
 */
export class Cancels {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /**
   * Cancels what runs on a connection; answers when the server has taken the request, or will never.
   * @param running  whether the statement still runs: asked again when the turn comes
   */
  async cancel(client: pg.ClientBase, running: () => boolean): Promise<void> {
    if (this.#running >= MAX_CONCURRENT) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      if (running()) await send(partsOf(client));
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}

function send({ host, port, processID, secretKey, connectionParameters: { ssl } }: ClientParts): Promise<void> {
  if (processID === null || secretKey === null) return Promise.resolve();
  return new Promise((resolve) => {
    const connection = cancelConnection(ssl);
    const timer = setTimeout(() => connection.stream.destroy(), CANCEL_TIMEOUT_MS);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    // 'end' follows an error too; an error that nobody listens for would end the process.
    connection.on('error', () => undefined).on('end', done);
    connection.on(ssl ? 'sslconnect' : 'connect', () => connection.cancel(processID, secretKey));
    if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`);
    else connection.connect(port, host);
  });
}
