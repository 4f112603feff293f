import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { Operation } from './operation';
import { type Answer, keysGiven, online, passing, Problem, send } from './send';
import { stirred } from './stream';

/** What a view has read, and how that goes. */
export interface Read<Data> {
  readonly answer: Signal<Answer<Data> | null>;
  readonly problem: Signal<Problem | null>;
  readonly loading: Signal<boolean>;
  /** When the answer came, in milliseconds. */
  readonly readAt: Signal<number>;
  readonly again: () => void;
}

/** How long to wait after so many failures, in milliseconds. */
const pause = (failures: number, retryAfter: number): number =>
  Math.max(Math.min(1000 * 2 ** (failures - 1), 30_000), retryAfter * 1000);

/** How often what is shown is read again, in milliseconds. */
export const POLL = 30_000;

/**
 * Reads an operation while its view is shown, again when its variables change, when it failed, and now and then.
 * What was read before stays until there is something new.
 * @param variables  null for nothing to read yet
 */
export function useRead<Data, Variables>(
  operation: Operation<Data, Variables>,
  variables: Variables | null,
  poll: number | null = POLL,
): Read<Data> {
  const answer = useSignal<Answer<Data> | null>(null);
  const problem = useSignal<Problem | null>(null);
  const loading = useSignal(variables !== null);
  const readAt = useSignal(0);
  const again = useSignal(0);
  const asked = JSON.stringify(variables);
  const wake = (poll === null ? 0 : stirred.value) + again.value + keysGiven.value + (online.value ? 1 : 0);
  const shown = useMemo(() => ({ asked: '' }), []);
  useEffect(() => {
    if (variables === null) return;
    const leave = new AbortController();
    let failures = 0;
    let timer = 0;
    const later = (milliseconds: number): void => {
      timer = window.setTimeout(() => void read(), milliseconds);
    };
    const read = async (): Promise<void> => {
      if (document.hidden && answer.value) {
        later(1000);
        return;
      }
      loading.value = true;
      try {
        const next = await send(operation, variables, leave.signal);
        // A whole answer of before is worth more than a part of a new one.
        const fault = answer.value && shown.asked === asked ? passing(next) : null;
        if (fault) throw fault;
        shown.asked = asked;
        answer.value = next;
        problem.value = null;
        readAt.value = Date.now();
        failures = 0;
        if (poll !== null) later(poll);
      } catch (error) {
        if (leave.signal.aborted) return;
        const fault = error instanceof Problem ? error : new Problem(String(error), 'page', 0);
        if (shown.asked !== asked && fault.retryAfter === null) answer.value = null;
        problem.value = fault;
        failures += 1;
        if (fault.retryAfter !== null) later(pause(failures, fault.retryAfter));
      } finally {
        if (!leave.signal.aborted) loading.value = false;
      }
    };
    void read();
    return () => {
      leave.abort();
      clearTimeout(timer);
    };
  }, [operation, asked, wake]);
  return { answer, problem, loading, readAt, again: () => (again.value += 1) };
}

/** What failed of one part of an answer; null where nothing did. */
export function faultAt(answer: Answer<unknown>, path: string): string | null {
  const fault = answer.faults.find((one) => one.path?.join('.').startsWith(path));
  return fault ? fault.message : null;
}
