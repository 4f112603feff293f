import type { Diagnosis, Facts, Finding } from './report.js';

const MARK: Record<Finding['level'], string> = { ok: 'ok  ', warning: 'WARN', error: 'FAIL' };

/** The diagnoses as text for a terminal. */
export function printed(diagnoses: readonly Diagnosis[], general: readonly Finding[]): string {
  const parts = diagnoses.map(({ target, facts, instances, findings }) =>
    [
      target,
      ...(facts ? factLines(facts) : []),
      ...instances
        .filter(({ reachable }) => reachable)
        .map(({ at, system, reason }) => line('answers at', `${at}, ${system ? `cluster ${system}` : String(reason)}`)),
      '',
      ...findingLines(findings),
    ].join('\n'),
  );
  if (general.length > 0) parts.push(findingLines(general).join('\n'));
  return `${parts.join('\n\n')}\n`;
}

function findingLines(findings: readonly Finding[]): string[] {
  if (findings.length === 0) return [`${MARK.ok}  nothing to complain about`];
  return findings.flatMap(({ level, code, message, fix }) => [
    `${MARK[level]}  ${message} [${code}]`,
    ...(fix ? [`      ${fix}`] : []),
  ]);
}

function line(name: string, value: string): string {
  return `  ${name.padEnd(12)} ${value}`;
}

function factLines({ server: s, role, data, aggregate: a, chunks, policies, skewMs }: Facts): string[] {
  return [
    line(
      'server',
      `PostgreSQL ${s.version}, cluster ${s.system}, since ${s.started.slice(0, 19)}Z${s.standby ? ', a standby' : ''}`,
    ),
    line('extension', s.timescaledb ? `TimescaleDB ${s.timescaledb}, ${chunks} chunks` : 'no TimescaleDB'),
    line('connection', `${s.encrypted ? 'encrypted' : 'not encrypted'}, clock ${skewMs} ms from ours`),
    line('role', `${role.name}, ${role.mayDo.length === 0 ? 'may only read' : `may ${role.mayDo.join(', ')}`}`),
    ...data.map(({ name, rows, first, last }) =>
      line('data', rows === null ? `${name}: not readable` : `${name}: ~${rows} rows, ${day(first)} to ${day(last)}`),
    ),
    line('daily bars', aggregateText(a)),
    ...policies.map((p) =>
      line(
        'policy',
        `${p.name} on ${p.on}: last succeeded ${p.lastSuccess ?? 'never'}, next ${p.nextStart ?? 'never'}`,
      ),
    ),
  ];
}

function day(instant: string | null): string {
  return instant?.slice(0, 10) ?? 'nothing';
}

function aggregateText(a: Facts['aggregate']): string {
  if (a.kind === null) return 'not there';
  if (a.kind === 'view') return 'a plain view';
  const history = a.historyComplete ? 'history complete' : 'history incomplete';
  return `continuous aggregate to ${a.materializedThrough ?? 'nothing'}, ${history}, ${a.realTime ? 'real-time' : 'not real-time'}`;
}
