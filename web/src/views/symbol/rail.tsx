import type { JSX } from 'preact';
import { Findings, type SymbolQuery } from '../../api/operations';
import { faultAt, useRead } from '../../api/read';
import { addressOf, type Answer } from '../../api/send';
import { NONE, digits, exact, percent, price, signed, way } from '../../format/numbers';
import { addDays, instant, local, today } from '../../format/time';
import { Panel } from '../../ui/faces';
import type { SymbolData } from './history';

type Stand = NonNullable<SymbolQuery['board']>['nodes'][number];
type Pair = readonly [label: string, value: string, tone?: string];

function Pairs({ pairs }: { readonly pairs: readonly Pair[] }): JSX.Element {
  return (
    <dl class="pairs">
      {pairs.map(([label, value, tone]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd class={tone ?? ''}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const returned = (label: string, share: number | null | undefined): Pair => [label, percent(share), way(share)];

function Events({ events }: { readonly events: NonNullable<SymbolData['events']>['nodes'] }): JSX.Element {
  const now = new Date().toISOString();
  const coming = events.filter(({ eventDatetime }) => eventDatetime > now).slice(0, 3);
  const past = events.filter(({ eventDatetime }) => eventDatetime <= now).slice(-6);
  return (
    <ul class="lines">
      {[...past, ...coming].reverse().map((event) => (
        <li key={event.id} title={`${local(event.eventDatetime)}\nactual / forecast`}>
          <span class="quiet">{instant(event.eventDatetime).slice(0, 10)}</span>
          <span class="grow">{event.eventName}</span>
          <span class="quiet">
            {event.actual === null ? (
              event.forecast === null ? (
                ''
              ) : (
                `exp. ${exact(event.forecast)}`
              )
            ) : (
              <>
                <b class="actual">{exact(event.actual)}</b>
                {event.forecast !== null && ` / ${exact(event.forecast)}`}
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Files of the daily bars: how the API names their formats, and how people do. */
const DOWNLOADS = { csv: 'CSV', parquet: 'Parquet', arrow: 'Arrow', ndjson: 'NDJSON', json: 'JSON' };

const FINDINGS = (finding: string): string => finding.toLowerCase().replaceAll('_', ' ');

interface Props {
  readonly data: SymbolData;
  readonly stand: Stand | undefined;
  readonly answer: Answer<SymbolQuery>;
  readonly bring: (day: string) => void;
}

/** What is said of a symbol beside its chart. */
export function Rail({ data, stand, answer, bring }: Props): JSX.Element {
  const { latest, statistics, gaps, events } = data;
  const found = useRead(Findings, { symbol: data.symbol, start: addDays(data.lastDay ?? today(), -1800) }, null);
  const quality = found.answer.value?.data.symbol?.quality;
  const missing = (gaps?.gaps ?? []).filter(({ reason }) => /^(MISSING|WHOLE_MARKET_MISSING)$/.test(reason)).reverse();
  const drawdown = statistics?.drawdowns[0];
  const long = statistics?.firstDay && statistics.lastDay && addDays(statistics.firstDay, 365) <= statistics.lastDay;
  const daily = `v1/market-data/daily/${encodeURIComponent(data.symbol)}?start=${data.firstDay ?? today()}`;
  return (
    <aside class="rail" aria-label="About the symbol">
      {latest && (
        <Panel title="Newest bar" remark={[latest.timeframe, latest.source].filter(Boolean).join(' · ')}>
          <Pairs
            pairs={[
              ['Open', exact(latest.open)],
              ['High', exact(latest.high)],
              ['Low', exact(latest.low)],
              ['Close', exact(latest.close)],
              ['Volume', exact(latest.volume)],
              ['VWAP', exact(latest.vwap)],
              ['Trades', exact(latest.tradesCount)],
            ]}
          />
        </Panel>
      )}
      {stand && (
        <Panel title="Where it stands" remark="closes, raw">
          <Pairs
            pairs={[
              returned('5 sessions', stand.return5),
              returned('21 sessions', stand.return21),
              returned('63 sessions', stand.return63),
              returned('252 sessions', stand.return252),
              returned('This year', stand.returnYtd),
              [
                '52 weeks',
                stand.low52Week && stand.high52Week ? `${price(+stand.low52Week)} – ${price(+stand.high52Week)}` : NONE,
              ],
              ['Relative volume', stand.relativeVolume === null ? NONE : `${digits(stand.relativeVolume, 2)} ×`],
              ['RSI 14', stand.rsi14 === null ? NONE : digits(stand.rsi14, 1)],
            ]}
          />
        </Panel>
      )}
      <Panel title="History" remark={data.hasEnded ? 'ended' : undefined}>
        {statistics ? (
          <Pairs
            pairs={[
              ['Days', exact(data.days)],
              ['First, last', `${data.firstDay ?? NONE} – ${data.lastDay ?? NONE}`],
              ...(long ? [returned('A year, compounded', statistics.cagr)] : []),
              [
                'Volatility a year',
                statistics.volatility === null ? NONE : `${digits(100 * statistics.volatility, 2)} %`,
              ],
              ['Deepest drawdown', drawdown ? `${signed(100 * drawdown.depth, 2)} % on ${drawdown.trough}` : NONE],
              [
                'Best day',
                statistics.bestDay ? `${percent(statistics.bestDay.return)} on ${statistics.bestDay.day}` : NONE,
              ],
              [
                'Worst day',
                statistics.worstDay ? `${percent(statistics.worstDay.return)} on ${statistics.worstDay.day}` : NONE,
              ],
            ]}
          />
        ) : (
          <p class="part-fault">{faultAt(answer, 'symbol.statistics') ?? 'Nothing to say yet.'}</p>
        )}
      </Panel>
      <Panel
        title="Missing"
        remark={gaps ? `${missing.length || 'no'} stretch${missing.length === 1 ? '' : 'es'}` : undefined}
      >
        {!gaps && <p class="part-fault">{faultAt(answer, 'symbol.gaps') ?? 'Not known.'}</p>}
        {gaps && missing.length === 0 && <p class="part-fault">Not one day is missing.</p>}
        <ul class="lines scrolled">
          {missing.slice(0, 100).map(({ start, end, missingDays }) => (
            <li key={start}>
              <button class="plain grow" onClick={() => bring(start)}>
                {start === end ? start : `${start} to ${end}`}
              </button>
              <span class="missing">{missingDays} d</span>
            </li>
          ))}
        </ul>
      </Panel>
      {quality && quality.findings.length > 0 && (
        <Panel title="Suspect" remark={String(quality.findings.length)}>
          <ul class="lines scrolled">
            {quality.findings
              .slice(-50)
              .reverse()
              .map(({ finding, start, detail }) => (
                <li key={`${finding}${start}`}>
                  <button class="plain grow" onClick={() => bring(start)}>
                    {start}
                  </button>
                  <span class="warn">
                    {FINDINGS(finding)}
                    {detail ? ` ${detail}` : ''}
                  </span>
                </li>
              ))}
          </ul>
        </Panel>
      )}
      <Panel title="Events" remark="UTC">
        {events && events.nodes.length > 0 ? (
          <Events events={events.nodes} />
        ) : (
          <p class="part-fault">{faultAt(answer, 'symbol.events') ?? 'There are none.'}</p>
        )}
      </Panel>
      <p class="downloads">
        {Object.entries(DOWNLOADS).map(([format, name]) => (
          <a
            key={format}
            class="button"
            href={addressOf(`${daily}&format=${format}${format === 'json' ? '&limit=10000' : ''}`)}
            download={`${data.symbol}.${format}`}
          >
            {name}
          </a>
        ))}
      </p>
      <p class="quiet attribution">Charts: TradingView Lightweight Charts™</p>
    </aside>
  );
}
