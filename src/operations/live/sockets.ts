import { getOperationAST, type GraphQLSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { ApiError } from '../../base/errors.js';
import type { Listeners } from '../../base/listeners.js';
import type { Log } from '../../base/log.js';
import { enterRequest, RequestScope } from '../../base/request.js';
import { preferredNumbers } from '../../contract/prefer.js';
import { prepareSubscription, sentError, subscribeTo } from '../../graphql/live-operations.js';
import { presentedKey } from '../../http/access/access.js';
import type { ApiKeys } from '../../http/access/api-keys.js';
import { callerOf } from '../../http/access/rate-limit.js';
import { rawProblem } from '../../http/raw-problem.js';
import { requestId } from '../../http/request-id.js';
import type { Requests } from '../../http/requests.js';
import { Numbers } from '../../sql/format.js';
import { quietly, SocketLine } from './socket-line.js';

/** Bytes of a message, subscriptions of a connection, and how long its first message may take, in milliseconds. */
const [MAX_MESSAGE_BYTES, MAX_SUBSCRIPTIONS, INIT_TIMEOUT_MS] = [65_536, 10, 10_000];
/** What a connection is closed with when there is no room, and when the server ends (RFC 6455, 7.4). */
const [NO_ROOM, RESTARTS] = [4429, 1012];
const HINT_ORIGINS = 'Whoever runs this server names other origins in CORS_ORIGINS.';
/** Messages that only the server sends: from a client they are not valid, as those that are no message. */
const FROM_SERVER = ['connection_ack', 'next', 'error'];
/** How long a client may take to close, in milliseconds. */
const CLOSE_WITHIN_MS = 500;

/** What sockets are made of. */
export interface SocketParts {
  readonly schema: () => GraphQLSchema;
  /** Null where no key is asked for. */
  readonly keys: ApiKeys | null;
  /** Origins whose pages may connect, beside our own. */
  readonly origins: readonly string[];
  readonly listeners: Listeners;
  /** Gets a line for each connection when it closes. */
  readonly log: Log;
  /** Told of what was refused. */
  readonly refused: Requests['refused'];
  /** The address of a client, as far as proxies are believed. */
  readonly addressOf: (request: IncomingMessage) => string;
}

/** A connection. */
interface Connection {
  readonly scope: RequestScope;
  leave: () => void;
}

/** Serves subscriptions over WebSockets at `/graphql`, by the protocol of graphql-ws. */
export class LiveSockets {
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  readonly #connections = new WeakMap<IncomingMessage, Connection>();
  readonly #lines = new WeakMap<IncomingMessage, SocketLine>();

  constructor(private readonly parts: SocketParts) {
    useServer<Record<string, unknown>, Record<PropertyKey, unknown>>(
      {
        connectionInitWaitTimeout: INIT_TIMEOUT_MS,
        // graphql-ws would take such a message for a fault of ours.
        jsonMessageReviver: (key: string, value: unknown) => {
          if (key === '' && FROM_SERVER.includes((value as { type?: string } | null)?.type ?? ''))
            throw new ApiError('invalid_query', 'Only the server sends such messages.');
          return value;
        },
        onConnect: ({ connectionParams = {}, extra: { request, socket } }) =>
          this.#admit(request, socket, connectionParams),
        onSubscribe: ({ subscriptions, extra: { request } }, _id, asked) => {
          // This one is among them already.
          if (Object.keys(subscriptions).length > MAX_SUBSCRIPTIONS) {
            const detail = `A connection has at most ${MAX_SUBSCRIPTIONS} subscriptions.`;
            return [sentError(new ApiError('limit_exceeded', detail))];
          }
          const args = prepareSubscription(parts.schema(), asked);
          if (!Array.isArray(args)) {
            const operation = getOperationAST(args.document, args.operationName);
            this.#lines.get(request)?.subscribed(operation?.name?.value ?? null);
          }
          return args;
        },
        context: ({ extra: { request } }) => ({ request }),
        subscribe: (args) => {
          const { request } = args.contextValue as { request: IncomingMessage };
          const { scope } = this.#connections.get(request)!;
          const numbers = preferredNumbers(request.headers.prefer) ?? Numbers.NUMBER;
          return enterRequest(scope, () => subscribeTo(args, numbers));
        },
        onDisconnect: ({ extra: { request } }) => this.#left(request),
      },
      this.#sockets,
    );
  }

  /** Takes the connections of a server that want to be WebSockets. */
  attach(server: Server): void {
    // What the handshake itself refuses.
    this.#sockets.on('wsClientError', ({ message }, _socket, request) => {
      this.#refuse(new ApiError('invalid_parameter', `This is no handshake of a WebSocket: ${message}.`), request);
    });
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      const refusal = this.#refusal(request);
      if (refusal !== null) return this.#refuse(refusal, request);
      this.#sockets.handleUpgrade(request, socket, head, (client) => this.#opened(client, request));
    });
  }

  /** Sends all clients away. */
  end(): void {
    for (const client of this.#sockets.clients) {
      client.close(RESTARTS, 'Service Restart');
      setTimeout(() => client.terminate(), CLOSE_WITHIN_MS).unref();
    }
  }

  #opened(client: WebSocket, request: IncomingMessage): void {
    const line = new SocketLine(requestId(request), this.parts.addressOf(request));
    this.#lines.set(request, line);
    client.once('close', (code) => {
      this.parts.log.request(line.fields(code, request, this.#connections.get(request)?.scope ?? null));
    });
    this.#sockets.emit('connection', client, request);
    // graphql-ws writes a stack for each message that is too long.
    quietly(client, line);
  }

  #refusal({ url = '/', headers: { origin, host } }: IncomingMessage): ApiError | null {
    if (!/^\/graphql(\?|$)/.test(url)) return new ApiError('not_found', 'WebSockets are at /graphql only.');
    const { origins } = this.parts;
    if (origin === undefined || origins.includes('*') || origins.includes(origin)) return null;
    if (URL.canParse(origin) && new URL(origin).host === host) return null;
    return new ApiError('forbidden', 'Pages of this origin may not connect.', { hint: HINT_ORIGINS });
  }

  #refuse(refusal: ApiError, request: IncomingMessage): void {
    const { method = 'GET', url = '/', socket } = request;
    const id = requestId(request);
    // Once it has closed it has no address any more.
    const address = this.parts.addressOf(request);
    socket.once('close', () => this.parts.refused(id, method, refusal, socket, address));
    socket.end(rawProblem(refusal, url.split('?', 1)[0]!, id));
  }

  #admit(request: IncomingMessage, socket: WebSocket, params: Record<string, unknown>): boolean {
    const { keys, listeners, addressOf } = this.parts;
    const scope = new RequestScope(this.#lines.get(request)?.id ?? requestId(request));
    scope.caller = callerOf(addressOf(request));
    if (keys) {
      const presented = presentedKey(request.headers) ?? presentedKey(inSmallLetters(params));
      const name = presented === null ? null : keys.find(presented);
      if (name === null) return false;
      scope.client = name;
      scope.caller = `key ${name}`;
      scope.holdsKey = () => keys.find(presented!) === name;
    }
    try {
      this.#connections.set(request, { scope, leave: listeners.enter(scope.caller) });
    } catch (error) {
      socket.close(NO_ROOM, (error as Error).message);
      return false;
    }
    return true;
  }

  #left(request: IncomingMessage): void {
    const connection = this.#connections.get(request);
    connection?.leave();
    connection?.scope.end(new ApiError('client_closed_request', 'The client left.'));
  }
}

/** What a client says by the names of headers, however they are written. */
function inSmallLetters(named: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [name.toLowerCase(), value]));
}
