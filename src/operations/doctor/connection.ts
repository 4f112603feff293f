import type { Diagnosis, Finding } from './report.js';

interface Reason {
  /** SQLSTATE, or what Node calls it. */
  readonly code: RegExp;
  readonly message?: RegExp;
  readonly fix: string;
}

/** Why a connection fails, and what to do about it; the first that fits. */
const REASONS: readonly Reason[] = [
  {
    code: /^28/,
    message: /no pg_hba\.conf entry.*no encryption/s,
    fix: 'the server wants encryption: add ?sslmode=verify-full&sslrootcert=/path/ca.crt to the URL, or a line to pg_hba.conf',
  },
  {
    code: /^28/,
    message: /pg_hba\.conf/,
    fix: 'add a line for this role, database and address to pg_hba.conf (deploy/pg_hba.conf.example), then SELECT pg_reload_conf()',
  },
  {
    code: /^28000$/,
    message: /does not exist|not permitted to log in/,
    fix: 'npm run db:setup makes tetra_reader and lets it log in',
  },
  {
    code: /^28/,
    fix: 'npm run db:setup -- --reader-password-file FILE sets the password of tetra_reader',
  },
  { code: /^3D000$/, fix: 'createdb, then npm run db:setup; or this is another server than you mean' },
  { code: /^53300$/, fix: 'the server has no connection left: raise max_connections, or close what is idle' },
  { code: /^57P0/, fix: 'the server starts or stops: its log says which, and how long recovery takes' },
  {
    code: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    fix: 'the certificate is for another name: use the name that it has, or sslmode=verify-ca&uselibpqcompat=true, which does not compare names',
  },
  {
    code: /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    fix: "renew the server's certificate, or set this machine's clock right",
  },
  {
    code: /CERT|UNABLE_TO|SELF_SIGNED/,
    fix: "sslrootcert must name the file of the authority that signed the server's certificate",
  },
  {
    code: /^$/,
    message: /does not support SSL/,
    fix: 'the server has ssl = off: switch it on, or take sslmode out of the URL where the network is trusted',
  },
  {
    code: /^(ENOENT|EACCES|EISDIR)$/,
    message: /, open |, read$|^EISDIR/,
    fix: 'sslrootcert, sslcert and sslkey must name files that this account may read',
  },
  { code: /^ENOTFOUND$|^EAI_/, fix: 'no such host: does DATABASE_URL name it rightly, and does DNS know it?' },
];

/** What a failed connection, or a failed statement on one that stood, means. */
export function connectionFailed(target: string, connected: boolean, error: unknown): Finding {
  const first = error instanceof AggregateError ? (error.errors[0] as Error) : (error as Error);
  const { code = '', message } = first as { code?: string; message: string };
  if (connected) {
    const fix = code === '42501' ? { fix: 'log in as tetra_reader, whom npm run db:setup grants what is read' } : {};
    return { level: 'error', code: 'statement_failed', message: `${target}: ${message}`, ...fix };
  }
  const reason = REASONS.find((known) => known.code.test(code) && (known.message?.test(message) ?? true));
  const fix = reason?.fix ?? 'is the server started, and does DATABASE_URL name its host and port?';
  return { level: 'error', code: 'no_answer', message: `${target}: ${message}`, fix };
}

/** Several URLs that were meant to be one database, or a primary and its standbys. */
export function compareServers(diagnoses: readonly Diagnosis[]): Finding[] {
  const known = diagnoses.flatMap(({ target, facts }) => (facts ? [{ target, facts, server: facts.server }] : []));
  const found: Finding[] = [];
  if (new Set(known.map(({ server }) => server.system)).size > 1) {
    const sizes = known.map(({ target, facts, server }) => {
      const bars = facts.data.find(({ name }) => name === 'market_data.ohlcv');
      return `${target} is cluster ${server.system} with ~${bars?.rows ?? 0} bars to ${bars?.last?.slice(0, 10) ?? 'nothing'}`;
    });
    found.push({
      level: 'warning',
      code: 'different_servers',
      message: `these are different PostgreSQL servers: ${sizes.join('; ')}`,
      fix: 'point DATABASE_URL at the one that the pipeline writes to',
    });
  }
  for (const servers of Map.groupBy(known, ({ server }) => server.system).values()) {
    const primaries = servers.filter(({ server }) => !server.standby);
    const newest = Math.max(...servers.map(({ server }) => server.timeline));
    const named = ({ target, server }: (typeof servers)[number]): string => `${target} (timeline ${server.timeline})`;
    if (new Set(primaries.map(({ server }) => server.started)).size > 1)
      found.push({
        level: 'error',
        code: 'two_primaries',
        message: `several servers of one cluster take writes: ${primaries.map(named).join(', ')}`,
        fix: 'stop all but the one that was promoted last, before anything is written; docs/operations.md, Failover',
      });
    for (const one of servers.filter(({ server }) => server.standby && server.timeline !== newest))
      found.push({
        level: 'warning',
        code: 'other_timeline',
        message: `${named(one)} has not shown that it follows timeline ${newest}: it may hold history that was lost`,
        fix: 'CHECKPOINT on the primary, then on the standby, and look again; if it stays, rebuild it: docs/operations.md, Failover',
      });
  }
  return found;
}
