import type { ComponentChildren, JSX } from 'preact';
import type { Read } from '../api/read';
import { online } from '../api/send';
import { age, now } from '../format/time';
import { hrefOf } from '../state/route';

/** A skeleton of rows: what will be there. */
export function Skeleton({ rows = 12 }: { readonly rows?: number }): JSX.Element {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, i) => (
        <i key={i} />
      ))}
    </div>
  );
}

/** A face in place of data: a sentence, what to do, and perhaps buttons. */
export function Face(props: { readonly title: string; readonly children?: ComponentChildren }): JSX.Element {
  return (
    <div class="face" role="status">
      <p class="face-title">{props.title}</p>
      {props.children}
    </div>
  );
}

/** Names that are near to one that does not exist. */
export function Nearest(props: {
  readonly kind: 'symbols' | 'economy';
  readonly names: readonly string[];
}): JSX.Element {
  if (props.names.length === 0) return <p>Find another one with /.</p>;
  return (
    <p class="near">
      Did you mean{' '}
      {props.names.slice(0, 6).map((name) => (
        <a key={name} class="button" href={hrefOf(props.kind, name)}>
          {name}
        </a>
      ))}
    </p>
  );
}

/** The line above a view that has something to show and could not be read again, and the offline line. */
export function Notice({ read }: { readonly read: Read<unknown> }): JSX.Element | null {
  const problem = read.problem.value;
  if (!online.value) {
    return (
      <div class="notice offline" role="status">
        <span>
          <b>Offline.</b> Shown is what was read {age((now.value - read.readAt.value) / 1000)} ago.
        </span>
      </div>
    );
  }
  if (!problem || !read.answer.value) return null;
  return (
    <div class="notice" role="alert">
      <span>
        <b>{problem.message}</b> Shown is what was read {age((now.value - read.readAt.value) / 1000)} ago.
      </span>
      <button onClick={read.again}>Try now</button>
    </div>
  );
}

/** What a view shows while there is no answer: a skeleton, or what went wrong. */
export function Waiting({ read, rows }: { readonly read: Read<unknown>; readonly rows?: number }): JSX.Element {
  const problem = read.problem.value;
  if (!problem) return <Skeleton {...(rows === undefined ? {} : { rows })} />;
  return (
    <div class="face" role="alert">
      <p class="face-title">{problem.message}</p>
      {problem.hint && <p>{problem.hint}</p>}
      <p class="code">
        {problem.code}
        {problem.requestId ? ` · ${problem.requestId}` : ''}
      </p>
      <p>
        <button onClick={read.again}>Try again</button>
        {problem.retryAfter !== null && <span class="quiet"> It is tried again by itself.</span>}
      </p>
    </div>
  );
}

/** The bar at the top edge while something new is read. */
export function Progress({ read }: { readonly read: Read<unknown> }): JSX.Element | null {
  return read.loading.value && read.answer.value ? <div class="progress" aria-hidden="true" /> : null;
}

/** A choice of one, as a row of buttons. */
export function Segments<Value extends string>(props: {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly (readonly [Value, string])[];
  readonly choose: (value: Value) => void;
}): JSX.Element {
  return (
    <div class="segments" role="group" aria-label={props.label}>
      {props.options.map(([value, label]) => (
        <button key={value} aria-pressed={value === props.value} onClick={() => props.choose(value)}>
          {label}
        </button>
      ))}
    </div>
  );
}

/** A box with a head. */
export function Panel(props: {
  readonly title: string;
  readonly remark?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <section class={`panel ${props.class ?? ''}`}>
      <header>
        <h2>{props.title}</h2>
        {props.remark && <span class="remark">{props.remark}</span>}
      </header>
      {props.children}
    </section>
  );
}
