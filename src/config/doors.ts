import { isIP } from 'node:net';
import { ConfigError } from './config-error.js';

/** Other ways to ask than REST and GraphQL: TradingView's data feed, assistants, OpenBB Workspace. */
export const DOORS = ['udf', 'mcp', 'openbb'] as const;
export type Door = (typeof DOORS)[number];

/**
 * The doors that are open.
 * @throws ConfigError for a name that there is not
 */
export function openDoors(config: { readonly DOORS: string }): Door[] {
  const names = config.DOORS.split(',').map((name) => name.trim());
  if (names.length === 1 && names[0] === 'none') return [];
  const unknown = names.find((name) => !DOORS.some((door) => door === name));
  if (unknown !== undefined) throw new ConfigError(`DOORS must be none, or some of ${DOORS.join(', ')}`);
  return DOORS.filter((door) => names.includes(door));
}

/**
 * The names of hosts, without ports, that assistants may call: this machine's own, that of HOST, and MCP_HOSTS.
 * @throws ConfigError for an entry that is no such name
 */
export function mcpHosts({ HOST, MCP_HOSTS }: { readonly HOST: string; readonly MCP_HOSTS: string }): string[] {
  const given = MCP_HOSTS.toLowerCase()
    .split(',')
    .map((host) => host.trim())
    .filter(Boolean);
  for (const host of given) {
    if (!URL.canParse(`http://${host}/`) || new URL(`http://${host}/`).hostname !== host)
      throw new ConfigError('MCP_HOSTS must be names of hosts without ports, such as tetra.example');
  }
  const own = HOST === '0.0.0.0' || HOST === '::' ? [] : [isIP(HOST) === 6 ? `[${HOST}]` : HOST.toLowerCase()];
  return ['localhost', '127.0.0.1', '[::1]', ...own, ...given];
}
