import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import '../../styles/data.css';
import { Data as DataOperation, type DataQuery } from '../../api/operations';
import { faultAt, useRead } from '../../api/read';
import type { Answer } from '../../api/send';
import { useShown } from '../../api/shown';
import { NONE, bytes, exact } from '../../format/numbers';
import { addDays, age, instant, local, since, today } from '../../format/time';
import { Glyph, STATES } from '../../frame/glyphs';
import { nameOf, stateOf } from '../../frame/strip';
import { param } from '../../state/route';
import { Notice, Panel, Progress, Waiting } from '../../ui/faces';
import { ConditionPanel } from './condition';

type DataSet = NonNullable<DataQuery['catalog']>['dataSets'][number];

/** What is here, how far it reaches, and what is not whole. */
export function DataView(): JSX.Element {
  const year = /^\d{4}$/.test(param('year')) ? param('year') : '';
  const variables = useMemo(
    () =>
      year === ''
        ? { start: addDays(today(), -365), end: null }
        : { start: `${year}-01-01`, end: year < today().slice(0, 4) ? `${year}-12-31` : null },
    [year],
  );
  const read = useRead(DataOperation, variables);
  useShown(DataOperation, variables, read, [
    'v1/catalog',
    `v1/market-data/gaps?calendar=observed&start=${variables.start}${variables.end ? `&end=${variables.end}` : ''}`,
  ]);
  useEffect(() => void (document.title = 'Data · Tetra'), []);
  const answer = read.answer.value;
  return (
    <div class="data">
      <Progress read={read} />
      <div class="view-head">
        <h1 tabIndex={-1}>Data</h1>
        <span class="quiet">What is here, how far it reaches, and what is not whole.</span>
      </div>
      <Notice read={read} />
      {answer ? (
        <div class="data-panels">
          <Catalog sets={answer.data.catalog?.dataSets ?? []} />
          <ConditionPanel answer={answer} window={variables} year={year} />
          <Database answer={answer} />
        </div>
      ) : (
        <Waiting read={read} />
      )}
    </div>
  );
}

function named(sources: readonly string[] | null): string {
  if (!sources || sources.length === 0) return NONE;
  return sources.length < 4 ? sources.join(', ') : `${sources.slice(0, 2).join(', ')} and ${sources.length - 2} more`;
}

function stored({ refresh }: DataSet): string {
  if (!refresh) return NONE;
  const whole = refresh.historyComplete ? 'whole' : 'not whole';
  return refresh.materializedThrough ? `${whole} to ${instant(refresh.materializedThrough)}` : `${whole}, computed`;
}

function ageOf({ last, lagSeconds }: DataSet): string {
  if (!last) return NONE;
  return Number(lagSeconds) < 0 ? 'ahead' : age(since(last));
}

function Catalog({ sets }: { readonly sets: readonly DataSet[] }): JSX.Element {
  return (
    <section class="panel scroll-x" tabIndex={0} aria-label="Catalog">
      <table class="sheet catalog">
        <thead>
          <tr>
            <th>Data set</th>
            <th>State</th>
            <th class="number wide">Rows</th>
            <th class="wide">First</th>
            <th>Last, UTC</th>
            <th class="number">Age</th>
            <th class="wide">Lengths</th>
            <th class="wide">Sources</th>
            <th class="wide">Chunks</th>
            <th class="wide">Stored</th>
          </tr>
        </thead>
        <tbody>
          {sets.map((set) => {
            const state = stateOf(set);
            return (
              <tr key={set.name} title={set.notes.join('\n')}>
                <td>
                  <b>{nameOf(set.relation)}</b> <span class="quiet relation">{set.name}</span>
                </td>
                <td>
                  <span class="state">
                    <Glyph state={state} /> {STATES[state]}
                  </span>
                </td>
                <td class="number wide">{exact(set.rows)}</td>
                <td class="wide">{set.first ? set.first.slice(0, 10) : NONE}</td>
                <td title={set.last ? local(set.last) : ''}>{set.last ? instant(set.last) : NONE}</td>
                <td class="number">{ageOf(set)}</td>
                <td class="wide">{named(set.timeframes)}</td>
                <td class="wide" title={set.sources?.join(', ')}>
                  {named(set.sources)}
                </td>
                <td class="wide">
                  {set.compression
                    ? `${set.compression.compressedChunks} of ${set.compression.chunks} compressed`
                    : NONE}
                </td>
                <td class="wide">{stored(set)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function Database({ answer }: { readonly answer: Answer<DataQuery> }): JSX.Element {
  const status = answer.data.databaseStatus;
  if (!status) {
    return (
      <Panel title="Database">
        <p class="part-fault missing">{faultAt(answer, 'databaseStatus') ?? 'Nothing is known of it.'}</p>
      </Panel>
    );
  }
  const { connections } = status;
  return (
    <div class="data-three">
      <Panel title="Database" remark={`read ${age(since(status.readAt))} ago`}>
        <dl class="pairs">
          {[
            ['Size', bytes(Number(status.databaseBytes))],
            ['PostgreSQL', status.serverVersion],
            ['TimescaleDB', status.timescaledbVersion ?? 'not installed'],
            ['Connections', `${connections.used} of ${connections.max}, ${connections.own} ours`],
            ...status.hypertables.map(({ name, chunks, compressedChunks }) => [
              name,
              `${compressedChunks} of ${chunks} chunks compressed`,
            ]),
          ].map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </Panel>
      <Panel title="Jobs" remark={String(status.jobs.length || '')}>
        {status.jobs.length === 0 && <p class="part-fault">There are no background jobs.</p>}
        <ul class="lines">
          {status.jobs.map(({ id, name, relation, lastStatus, lastSucceededAt, lastError }) => (
            <li key={id} title={lastError ?? ''}>
              <span class="grow">
                {name} <span class="quiet">{relation}</span>
              </span>
              <span class={lastStatus === 'Failed' ? 'missing' : 'quiet'}>
                {lastStatus === 'Failed'
                  ? '✕ failed'
                  : lastSucceededAt
                    ? `${age(since(lastSucceededAt))} ago`
                    : 'never ran'}
              </span>
            </li>
          ))}
        </ul>
      </Panel>
      <Panel title="Tables" remark="with their indexes">
        <ul class="lines">
          {status.tables.map(({ name, totalBytes, rows }) => (
            <li key={name}>
              <span class="grow">{name}</span>
              <span class="quiet">{rows === null ? '' : `${exact(rows)} rows`}</span>
              <span class="size">{bytes(Number(totalBytes))}</span>
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}
