import type { JSX } from 'preact';
import { Strip as StripOperation, type StripQuery } from '../api/operations';
import { useRead } from '../api/read';
import { type Problem, sample } from '../api/send';
import { type StreamState, streamState } from '../api/stream';
import { age, instant, local, since } from '../format/time';
import { Glyph, STATES } from './glyphs';

type DataSet = NonNullable<StripQuery['catalog']>['dataSets'][number];

/** What data sets are called here. */
const NAMES: Readonly<Record<string, string>> = {
  ohlcv: 'Bars',
  ohlcv_daily: 'Daily',
  economic_data: 'Economy',
  news_articles: 'News',
  event_data: 'Events',
};
/** The name of a data set for people. */
export const nameOf = (relation: string): string => NAMES[relation] ?? relation;

/** The state of a data set; one that cannot be read is broken. */
export const stateOf = ({ available, state }: Pick<DataSet, 'available' | 'state'>): keyof typeof STATES =>
  !available || state === null ? 'BROKEN' : state;

function Entry({ set }: { readonly set: DataSet }): JSX.Element {
  const state = stateOf(set);
  const ahead = Number(set.lagSeconds) < -86_400;
  const says = state === 'FRESH' && !ahead ? '' : ahead ? '' : STATES[state];
  const notes = [set.last ? `newest ${instant(set.last)} UTC, ${local(set.last)}` : '', ...set.notes];
  return (
    <span class={`entry ${state === 'FRESH' ? 'is-fresh' : 'is-odd'}`} title={notes.filter(Boolean).join('\n')}>
      <Glyph state={ahead && state === 'FRESH' ? 'AHEAD' : state} />
      <b>{nameOf(set.relation)}</b>
      {set.last && <span>{ahead ? `to ${instant(set.last).slice(0, 10)}` : instant(set.last)}</span>}
      {set.last && !ahead && <span>· {age(since(set.last))}</span>}
      {says && <span class={state === 'LATE' || state === 'STALE' ? 'warn word' : 'word'}>{says}</span>}
    </span>
  );
}

/** All data sets in a few words, and the day of the newest bar. */
function summary(sets: readonly DataSet[]): { state: keyof typeof STATES; words: string; last: string } {
  const order = ['BROKEN', 'STALE', 'LATE', 'EMPTY'] as const;
  const counts = order.map((state) => [state, sets.filter((set) => stateOf(set) === state).length] as const);
  const odd = counts.filter(([, count]) => count > 0);
  const last = sets.map(({ relation, last: at }) => (relation === 'ohlcv' && at ? at.slice(0, 10) : '')).join('');
  const words = odd.length === 0 ? 'all fresh' : odd.map(([state, count]) => `${count} ${STATES[state]}`).join(', ');
  return { state: odd[0]?.[0] ?? 'FRESH', words, last };
}

const LIVE: Readonly<Record<Exclude<StreamState, 'off'>, readonly [keyof typeof STATES, string, string]>> = {
  connecting: ['EMPTY', 'Connecting', 'Asking for the stream of new bars.'],
  live: ['FRESH', 'Live', 'New bars come by themselves, a moment after they are written.'],
  stale: ['BROKEN', 'Paused', 'Connected, but the server cannot read the database. Nothing new comes.'],
  reconnecting: ['LATE', 'Reconnecting', 'The stream of new bars was lost. It is opened again by itself.'],
  polling: ['LATE', 'Every 30 s', 'The stream of new bars was refused. What is shown is read every 30 seconds.'],
};

/** How the stream of new bars is, on views that have one. */
function Live(): JSX.Element | null {
  const state = streamState.value;
  if (state === 'off') return null;
  const [glyph, word, says] = LIVE[state];
  return (
    <span class={`entry stream is-${state}`} title={says}>
      <Glyph state={glyph} />
      <b>{word}</b>
    </span>
  );
}

/** Of what does not come from the database: what it is, and what is wrong with it. */
const ELSEWHERE: Readonly<Record<string, readonly [string, string]>> = {
  unauthorized: ['API key', 'needed'],
  offline: ['Network', 'offline'],
  no_answer: ['Server', 'no answer'],
};

/** How the database is, or what keeps us from it. */
function DatabaseEntry(props: {
  readonly problem: Problem | null;
  readonly health: StripQuery['databaseHealth'] | undefined;
}): JSX.Element {
  const { problem, health } = props;
  const healthy = !problem && health?.status === 'HEALTHY';
  if (healthy || (!problem && !health)) {
    return (
      <span class="entry database">
        <Glyph state={healthy ? 'FRESH' : 'EMPTY'} />
        <b>Database</b>
        <span class="detail">{healthy ? `healthy · ${(health.latencyMs ?? 0).toFixed(1)} ms` : 'asking'}</span>
      </span>
    );
  }
  const code = problem ? problem.code : (health?.error ?? 'unhealthy').toLowerCase();
  const [name, words] = ELSEWHERE[code] ?? ['Database', code.replaceAll('_', ' ')];
  return (
    <span class="entry database is-away">
      <Glyph state="BROKEN" />
      <b>{name}</b>
      <span class="missing">{words}</span>
    </span>
  );
}

/** What is always there: how fresh each data set is, the aggregate, the database, and that it is sample data. */
export function FreshnessStrip(): JSX.Element {
  const read = useRead(StripOperation, {});
  const data = read.answer.value?.data;
  const sets = data?.catalog?.dataSets ?? [];
  const refresh = sets.find(({ refresh: one }) => one)?.refresh;
  const folded = summary(sets);
  const fresh = sets.filter((set) => stateOf(set) === 'FRESH').length;
  return (
    <section aria-label="Freshness of the data">
      <a class="strip" href="data">
        {sample.value && <span class="chip">Sample data</span>}
        <span class="entries">
          {sets.length > 0 && (
            <span class="entry fold-summary">
              <Glyph state={folded.state} />
              <span>
                {folded.words}
                {folded.last && <span class="fold-day"> · {folded.last}</span>}
              </span>
            </span>
          )}
          {fresh > 0 && (
            <span class="entry fold-fresh">
              <Glyph state="FRESH" />
              <span>{fresh} fresh</span>
            </span>
          )}
          {sets.map((set) => (
            <Entry key={set.name} set={set} />
          ))}
          {refresh && (
            <span class="entry aggregate" title={refresh.note ?? ''}>
              <b>Aggregate</b>
              <span class={refresh.historyComplete ? '' : 'warn'}>
                {refresh.historyComplete ? 'whole' : 'not whole'}
              </span>
              <span>
                ·{' '}
                {refresh.materializedThrough
                  ? `stored to ${instant(refresh.materializedThrough)}`
                  : 'computed from bars'}
              </span>
            </span>
          )}
        </span>
        <Live />
        <DatabaseEntry problem={read.problem.value} health={data?.databaseHealth} />
      </a>
    </section>
  );
}
