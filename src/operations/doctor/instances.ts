import { lookup } from 'node:dns/promises';
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import pg from 'pg';
import type { Instance } from './report.js';

const LOCAL = ['127.0.0.1', '::1'];
/** Where a server on this machine has its sockets: Debian and Red Hat, then what is compiled in elsewhere. */
const SOCKETS = ['/var/run/postgresql', '/tmp'];
const TIMEOUT_MS = 3_000;

/**
 * Every place that somebody who means this server could end up at: all addresses of its name, the other loopback
 * address, and the sockets of the same port where the server is on this machine. Only the given one is required to be
 * there; the others are listed where something answers.
 */
export async function instancesOf(url: string, password?: string): Promise<Instance[]> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const number = Number(port || 5432);
  const given = isIP(host) ? [host] : await addresses(host);
  const local = host === 'localhost' || given.some((address) => LOCAL.includes(address));
  const places = [...new Set([...given, ...(local ? LOCAL : [])])];
  const sockets = local ? SOCKETS.filter((directory) => existsSync(`${directory}/.s.PGSQL.${number}`)) : [];
  const found = await Promise.all([...places, ...sockets].map((place) => look(url, place, number, password)));
  return found.filter(({ reachable, at }) => reachable || given.some((address) => at === named(address, number)));
}

async function addresses(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}

function named(address: string, port: number): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : address.startsWith('/') ? address : `${address}:${port}`;
}

async function look(url: string, host: string, port: number, password?: string): Promise<Instance> {
  const at = named(host, port);
  const { username, password: own, pathname } = new URL(url);
  const client = new pg.Client({
    host,
    port,
    user: decodeURIComponent(username) || undefined,
    password: password ?? (own ? decodeURIComponent(own) : undefined),
    database: decodeURIComponent(pathname.slice(1)) || undefined,
    application_name: 'tetra-doctor',
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ system: string }>(
      'select system_identifier::text as system from pg_control_system()',
    );
    return { at, reachable: true, system: rows[0]!.system, reason: null };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (/^ECONN|^EHOST|^ENET|^EADDR|^ENOENT/.test(code ?? ''))
      return { at, reachable: false, system: null, reason: 'refused' };
    if (/timeout/i.test(message)) return { at, reachable: false, system: null, reason: 'timeout' };
    return { at, reachable: true, system: null, reason: /^28|^3D/.test(code ?? '') ? 'auth' : 'error' };
  } finally {
    await client.end().catch(() => undefined);
  }
}
