import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import '../../styles/lists.css';
import '../../styles/data.css';
import '../../styles/economy.css';
import { Economy, type EconomyQuery, type Frequency, SeriesList, type Units } from '../../api/operations';
import { useRead } from '../../api/read';
import { useShown } from '../../api/shown';
import { NONE, digits, exact } from '../../format/numbers';
import { age, since } from '../../format/time';
import { useKeys } from '../../state/keys';
import { go, hrefOf, param, setParams, subject } from '../../state/route';
import { Face, Nearest, Notice, Panel, Progress, Segments, Waiting } from '../../ui/faces';
import { Lines, type Point } from './lines';

const UNITS: readonly (readonly [Units, string, string])[] = [
  ['LIN', 'Level', 'levels, as they are'],
  ['CHG', 'Change', 'change from the period before'],
  ['PCH', 'Change %', 'percent from the period before'],
  ['CH1', 'Year', 'change from a year before'],
  ['PC1', 'Year %', 'percent from a year before'],
  ['PCA', 'Annual %', 'percent, compounded to an annual rate'],
  ['LOG', 'Log', 'natural logarithm'],
];
const FREQUENCIES: readonly (readonly [Frequency, string])[] = [
  ['D', 'daily'],
  ['W', 'weekly'],
  ['BW', 'biweekly'],
  ['M', 'monthly'],
  ['Q', 'quarterly'],
  ['SA', 'semiannual'],
  ['A', 'annual'],
];
const nameOf = (frequency: Frequency | null): string => FREQUENCIES.find(([one]) => one === frequency)?.[1] ?? '';
const lower = (frequency: Frequency | null): typeof FREQUENCIES => {
  const at = FREQUENCIES.findIndex(([one]) => one === frequency);
  return at < 0 ? [] : FREQUENCIES.slice(at + 1);
};

type Entry = NonNullable<EconomyQuery['allSeries']>['nodes'][number];

/** Economic series: one, or two beside each other. */
export function EconomyView(): JSX.Element {
  const id = subject.value ?? '';
  const beside = param('beside');
  const units = UNITS.find(([one]) => one.toLowerCase() === param('units'))?.[0] ?? 'LIN';
  const frequency = FREQUENCIES.find(([one]) => one.toLowerCase() === param('frequency'))?.[0] ?? null;
  const variables = useMemo(
    () => ({ id, beside: beside || id, two: beside !== '', units, frequency }),
    [id, beside, units, frequency],
  );
  const list = useRead(SeriesList, {}, null);
  const read = useRead(Economy, id === '' ? null : variables);
  const query = new URLSearchParams({ units: units.toLowerCase(), limit: '10000' });
  if (frequency) query.set('frequency', frequency.toLowerCase());
  const observed = (one: string): string =>
    `v1/economic-data/series/${encodeURIComponent(one)}/observations?${query.toString()}`;
  useShown(Economy, variables, read, [id, ...(beside ? [beside] : [])].map(observed));
  useEffect(() => void (document.title = `${id || 'Economy'} · Tetra`), [id]);
  const answer = read.answer.value;
  const entries = list.answer.value?.data.allSeries?.nodes ?? answer?.data.allSeries?.nodes ?? [];
  const first = entries.find(({ seriesId }) => seriesId === 'PAYEMS') ?? entries[0];
  useEffect(() => {
    if (id === '' && first) go(hrefOf('economy', first.seriesId), true);
  }, [id, first?.seriesId]);
  const series = answer?.data.series;
  const old = series && series.seriesId !== id;
  return (
    <div class="aside-view">
      <Progress read={read} />
      <List entries={entries} id={id} />
      <div class="scroll economy">
        <Notice read={read} />
        {list.answer.value && entries.length === 0 ? (
          <Face title="There is not one series in this database yet.">
            <p>
              The pipeline writes observations to <code>economic_data.economic_data</code>.
            </p>
          </Face>
        ) : !answer || old ? (
          <Waiting read={id === '' ? list : read} />
        ) : !series ? (
          <Face title={`There is no series “${id}”.`}>
            <Nearest kind="economy" names={answer.nearest} />
          </Face>
        ) : (
          <Series answer={answer.data} units={units} frequency={frequency} beside={beside} entries={entries} />
        )}
      </div>
    </div>
  );
}

function List({ entries, id }: { readonly entries: readonly Entry[]; readonly id: string }): JSX.Element {
  const wanted = useSignal('');
  const field = useRef<HTMLInputElement>(null);
  const text = wanted.value.trim().toLowerCase();
  const some = entries.filter(({ seriesId, title }) => `${seriesId} ${title ?? ''}`.toLowerCase().includes(text));
  const step = (by: number) => (): void => {
    const to = some[some.findIndex(({ seriesId }) => seriesId === id) + by];
    if (to) go(hrefOf('economy', to.seriesId) + location.search);
  };
  useKeys({
    f: () => field.current?.focus(),
    ArrowDown: step(1),
    ArrowUp: step(-1),
    j: step(1),
    k: step(-1),
    '[': step(-1),
    ']': step(1),
  });
  return (
    <aside class="side" aria-label="Series">
      <input
        ref={field}
        type="search"
        aria-label="Filter the series"
        placeholder={`Filter ${entries.length} series (f)`}
        value={wanted.value}
        onInput={(event) => (wanted.value = event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && some[0]) go(hrefOf('economy', some[0].seriesId));
        }}
      />
      <select
        class="on-phones"
        aria-label="Series"
        value={id}
        onChange={(event) => go(hrefOf('economy', event.currentTarget.value))}
      >
        {entries.map(({ seriesId }) => (
          <option key={seriesId}>{seriesId}</option>
        ))}
      </select>
      <ul class="choices">
        {some.slice(0, 400).map(({ seriesId, title, frequency, lastDate }) => (
          <li key={seriesId}>
            <a
              href={hrefOf('economy', seriesId)}
              aria-current={seriesId === id ? 'true' : undefined}
              title={title ?? ''}
            >
              <b>{seriesId}</b>
              <span class="quiet">
                {nameOf(frequency)} · {lastDate.slice(0, 7)}
              </span>
            </a>
          </li>
        ))}
        {some.length === 0 && entries.length > 0 && <li class="part-fault">No series contains “{wanted.value}”.</li>}
      </ul>
    </aside>
  );
}

interface SeriesProps {
  readonly answer: EconomyQuery;
  readonly units: Units;
  readonly frequency: Frequency | null;
  readonly beside: string;
  readonly entries: readonly Entry[];
}

function pointsOf(
  columns: { readonly date: readonly string[]; readonly value: readonly (string | null)[] } | undefined,
): Point[] {
  return (columns?.date ?? []).map((date, i) => [date, columns!.value[i] ?? null] as const).reverse();
}

/** Levels with all their digits, what is derived with four. */
const shownOf = (value: string | null, units: Units): string =>
  value === null ? NONE : units === 'LIN' ? exact(value) : digits(Number(value), 4);

function Series({ answer, units, frequency, beside, entries }: SeriesProps): JSX.Element {
  const series = answer.series!;
  const at = useSignal('');
  const columns = series.observations?.columns;
  const points = useMemo(() => pointsOf(columns), [columns]);
  const second = useMemo(() => pointsOf(answer.beside?.observations?.columns), [answer]);
  const without = points.filter(([, value]) => value === null).length;
  const newest = points.findLast(([, value]) => value !== null);
  const [date, value] = (at.value && points.find(([one]) => one === at.value)) || newest || ['', null];
  const place = columns?.date.indexOf(date) ?? -1;
  const percent = /^(PC1|PCH|PCA)$/.test(units);
  return (
    <div class="economy-main">
      <div class="view-head">
        <h1 class="symbol-name" tabIndex={-1}>
          {series.seriesId}
        </h1>
        <span class="symbol-price">{shownOf(value, units)}</span>
        <span class="quiet">
          {date} · {series.title ? `${series.title} · ` : ''}
          {units === 'LIN' && series.unit ? series.unit : UNITS.find(([one]) => one === units)![2]}
        </span>
        {place >= 0 && columns?.isPreliminary[place] && <span class="warn">preliminary</span>}
        {place >= 0 && columns?.revisionDate[place] && (
          <span class="quiet">revised {columns.revisionDate[place].slice(0, 10)}</span>
        )}
        <span class="quiet facts">
          {exact(series.observationCount)} observations, {nameOf(series.frequency)}, {series.firstDate} to{' '}
          {series.lastDate} · newest {age(since(`${series.lastDate}T00:00:00Z`))} old
        </span>
      </div>
      <div class="view-head economy-tools">
        <Segments
          label="Units"
          value={units}
          options={UNITS.map(([one, label]) => [one, label])}
          choose={(one) => setParams({ units: one === 'LIN' ? '' : one.toLowerCase() })}
        />
        <label>
          Frequency{' '}
          <select
            value={frequency ?? ''}
            onChange={(event) => setParams({ frequency: event.currentTarget.value.toLowerCase() })}
          >
            <option value="">as it is</option>
            {lower(series.frequency).map(([one, label]) => (
              <option key={one} value={one}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label>
          Beside{' '}
          <select value={beside} onChange={(event) => setParams({ beside: event.currentTarget.value })}>
            <option value="">nothing</option>
            {entries.map(({ seriesId }) => seriesId !== series.seriesId && <option key={seriesId}>{seriesId}</option>)}
          </select>
        </label>
        {beside && (
          <span class="warn">
            {answer.beside ? `– – ${beside}${percent ? '' : ', its own axis'}` : `There is no series “${beside}”.`}
          </span>
        )}
        {without > 0 && <span class="quiet">{without} without a value</span>}
      </div>
      <div class="economy-columns">
        <section class="panel" aria-label="Chart">
          <Lines
            name={series.seriesId}
            points={points}
            second={answer.beside ? { name: beside, points: second } : null}
            together={percent}
            point={(one) => (at.value = one)}
          />
        </section>
        <Panel title="Newest observations" remark={columns?.source[0]}>
          <table class="sheet">
            <thead>
              <tr>
                <th>Date</th>
                <th class="number">Value</th>
                <th>Revised</th>
              </tr>
            </thead>
            <tbody>
              {columns?.date.slice(0, 14).map((one, i) => (
                <tr key={one}>
                  <td>{one}</td>
                  <td class="number">{shownOf(columns.value[i]!, units)}</td>
                  <td class="quiet">
                    {columns.revisionDate[i]?.slice(0, 10) ?? (columns.isPreliminary[i] ? 'preliminary' : NONE)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Panel>
      </div>
    </div>
  );
}
