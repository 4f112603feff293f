import pg from 'pg';
import { connectionTo } from '../postgres/address.js';

/** The database of DATABASE_ADMIN_URL, which commands that write connect to. */
export interface Admin {
  /** Host, port and database, for messages. */
  readonly place: string;
  /** Opens a connection; its sessions count days in UTC. */
  readonly connect: () => Promise<pg.Client>;
}

/**
 * Where DATABASE_ADMIN_URL leads.
 * @param name  the command, which is the connection's application_name
 * @throws Error when the variable is missing or no URL; its value is not in the message
 */
export function adminOf(text: string | undefined, name: string): Admin {
  if (!text) throw new Error('DATABASE_ADMIN_URL is not set: postgres://admin@host:5432/tetra');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new Error('DATABASE_ADMIN_URL is not a postgres:// URL (its value is not shown here)');
  }
  const place = `${url.host}${url.pathname}`;
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({
      ...connectionTo(text),
      application_name: name,
      options: '-c TimeZone=UTC -c DateStyle=ISO',
      connectionTimeoutMillis: 10_000,
    });
    // A connection that breaks between two steps is reported by the next step.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      const remedy = (error as { code?: string }).code === '3D000' ? '; createdb makes it' : '';
      throw new Error(`DATABASE_ADMIN_URL: cannot connect to ${place}: ${lineOf(error)}${remedy}`, { cause: error });
    }
  };
  return { place, connect };
}

/** An error in one line; a failed connection to several addresses has its text in the first of them. */
export function lineOf(error: unknown): string {
  const one: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return String(one instanceof Error ? one.message : one).replace(/\s*\n\s*/g, ' ');
}
