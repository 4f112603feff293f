import type { FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';

/** Names that a line of the log has at most of a kind, and what a name must look like: it is the client's text. */
export const MAX_NAMES = 20;
const NAME = /^[A-Za-z_][\w.-]{0,39}$/;

/** A name that the client gave, as a line of the log may have it. */
export function loggedName(name: string): string {
  return NAME.test(name) ? name : '?';
}

/** Milliseconds as the log has them. */
export function loggedMs(ms: number): number {
  return Math.round(ms * 100) / 100;
}

/** Names of the parameters of a request: of its query string, and of GraphQL's variables. Never a value. */
export function parameterNames({ query, body }: Pick<FastifyRequest, 'query' | 'body'>): string[] {
  const { variables } = isObject(body) ? body : {};
  const names = [query, variables].filter(isObject).flatMap(Object.keys);
  return [...new Set(names.map(loggedName))].slice(0, MAX_NAMES);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What each connection had sent when its last answer was over. */
const SENT = new WeakMap<Socket, number>();

/** Bytes that a connection sent for the answer that is over, its headers included; what was not sent yet is not. */
export function bytesSent(socket: Socket | null): number {
  if (!socket) return 0;
  const sent = (socket.bytesWritten as number | undefined) ?? 0;
  const waiting = socket.destroyed ? socket.writableLength : 0;
  const before = SENT.get(socket) ?? 0;
  SENT.set(socket, sent);
  return Math.max(0, sent - waiting - before);
}

/**
 * The address of a client, as TRUST_PROXY lets us believe it; null when it has left already.
 * @returns an IPv4 address as such where a socket for both has it
 */
export function addressOf(ip: string | undefined): string | null {
  return ip?.replace(/^::ffff:(?=\d+\.)/, '') ?? null;
}
