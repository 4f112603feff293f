import { Numbers } from '../sql/format.js';

/** What `Prefer` says about numbers (RFC 7240); a preference that is none of ours counts as not given. */
export function preferredNumbers(header: string | string[] | undefined): Numbers | undefined {
  if (header === undefined) return undefined;
  const values = Object.values(Numbers);
  for (const preference of String(header).split(',')) {
    const match = /^\s*numbers\s*=\s*"?(\w+)"?\s*(;|$)/i.exec(preference);
    const found = values.find((value) => value === match?.[1]?.toLowerCase());
    if (found) return found;
  }
  return undefined;
}
