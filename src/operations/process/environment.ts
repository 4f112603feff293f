import { nearest } from '../../base/nearest.js';
import { type Config, CONFIG_NAMES, ConfigError, loadConfig } from '../../config/config.js';

/** Ours, but not the server's. */
const OTHERS = new Set(['DATABASE_ADMIN_URL', 'TETRA_READER_PASSWORD', 'TETRA_APP_PASSWORD']);
/** OpenTelemetry's own names, of which its packages read more than the server does. */
const TELEMETRY = /^OTEL_/;
/** What Kubernetes sets for each service, whatever its name. */
const SERVICE_LINK = /_SERVICE_(HOST|PORT)|_PORT_\d+_TCP|^tcp:\/\//;

/**
 * The configuration out of the environment.
 * @throws ConfigError naming a variable that is wrong, or that is named like one of ours and read by nobody
 */
export function readEnvironment(env: NodeJS.ProcessEnv): Readonly<Config> {
  const typo = mistyped(env, CONFIG_NAMES);
  if (typo) throw new ConfigError(`${typo.name} is no variable of this server: did you mean ${typo.meant}?`);
  return loadConfig(env);
}

/**
 * A variable of the environment that nobody reads though it is named like one of ours, and the one that was most
 * likely meant. Null where there is none.
 */
function mistyped(
  env: Readonly<Record<string, string | undefined>>,
  ours: readonly string[],
): { readonly name: string; readonly meant: string } | null {
  const known = new Set(ours);
  for (const [name, value] of Object.entries(env)) {
    if (!value?.trim() || known.has(name) || OTHERS.has(name) || name.length < 8 || !name.includes('_')) continue;
    if (TELEMETRY.test(name) || SERVICE_LINK.test(name) || SERVICE_LINK.test(value)) continue;
    const [meant] = nearest(name, ours, 1);
    if (meant !== undefined && nearest(firstWord(name), [firstWord(meant)], 1).length > 0) return { name, meant };
  }
  return null;
}

function firstWord(name: string): string {
  return name.split('_', 1)[0]!;
}
