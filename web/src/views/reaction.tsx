import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Reaction } from '../api/operations';
import { faultAt, useRead } from '../api/read';
import { NONE, percent, way } from '../format/numbers';
import { instant } from '../format/time';
import { Waiting } from '../ui/faces';
import type { AgendaEvent } from './event-row';

/** What a symbol did around an event: its own one, or one to be named. */
export function ReactionPanel(props: { readonly event: AgendaEvent; readonly close: () => void }): JSX.Element {
  const { event, close } = props;
  const named = useSignal('');
  const typed = useSignal('');
  const symbol = event.symbol ?? named.value;
  const read = useRead(Reaction, symbol === '' ? null : { id: event.id, symbol }, null);
  const answer = read.answer.value;
  const reaction = answer?.data.event?.reaction;
  return (
    <section class="reaction" aria-label="Reaction">
      <div class="view-head">
        <h2>{event.eventName}</h2>
        <span class="quiet">
          {instant(event.eventDatetime)} UTC{event.description ? ` · ${event.description}` : ''}
        </span>
        <button onClick={close}>Close</button>
      </div>
      {event.symbol === null && (
        <form
          onSubmit={(submitted) => {
            submitted.preventDefault();
            named.value = typed.value.trim();
          }}
        >
          <label>
            What did{' '}
            <input
              aria-label="Symbol whose reaction is asked for"
              placeholder="a symbol"
              value={typed.value}
              onInput={(input) => (typed.value = input.currentTarget.value)}
            />{' '}
            do around it?
          </label>
        </form>
      )}
      {symbol !== '' &&
        (!answer ? (
          <Waiting read={read} rows={3} />
        ) : !reaction ? (
          <p class="quiet">{faultAt(answer, 'event') ?? `There is no daily bar of ${symbol} around it.`}</p>
        ) : reaction.sessions.length === 0 ? (
          <p class="quiet">There is no session of {symbol} around it yet.</p>
        ) : (
          <table class="sheet">
            <thead>
              <tr>
                <th>Session</th>
                <th>Day</th>
                <th class="number">{reaction.symbol}</th>
                <th class="number">less the {reaction.benchmark.replace('_', ' ')}</th>
                <th class="number">added up</th>
              </tr>
            </thead>
            <tbody>
              {reaction.sessions.map((one) => (
                <tr key={one.session}>
                  <td>
                    {one.session === 0
                      ? 'of the event'
                      : one.session > 0
                        ? `${one.session} after`
                        : `${-one.session} before`}
                  </td>
                  <td>{one.day}</td>
                  {[one.return, one.abnormalReturn, one.cumulatedReturn].map((share, i) => (
                    <td key={i} class={`number ${way(share)}`}>
                      {share === null ? NONE : percent(share)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        ))}
      {reaction?.warnings.map((warning) => (
        <p key={warning} class="quiet">
          {warning}
        </p>
      ))}
    </section>
  );
}
