import { queryOf } from '../contract/output.args.js';
import { echoWindow } from '../lists/window.js';
import type { TimeWindow } from '../base/time.js';
import type { Span } from '../sql/span.js';
import type { ListMeta } from './answer.js';
import { META, type Meta } from './openapi-schemas.js';

/** What `meta` says of the ends of a table, its first and its last day, and of what a default window leaves out. */
export const DAYS = { first_day: META.day, last_day: META.day, 'note?': META.text };

/** The same with the instants, under names such as `first_event`. */
export function endsNamed(what: string): Meta {
  return { [`first_${what}`]: META.instant, [`last_${what}`]: META.instant, ...DAYS };
}

/**
 * What `meta` says of a list that has a window: the query as it was understood, the ends of its table, and what the
 * defaults of the window leave out.
 * @param type  the class of the arguments
 * @param what  names the first and the last instant, as in {@link endsNamed}; without it only their days are said
 */
export function windowMeta(
  type: new () => object,
  { args, window, note }: { readonly args: object; readonly window: TimeWindow; readonly note?: string | null },
  { first, last }: Span,
  what?: string,
): ListMeta {
  return {
    query: queryOf(type, args, echoWindow(window)),
    ...(what === undefined ? {} : { [`first_${what}`]: first, [`last_${what}`]: last }),
    first_day: first?.slice(0, 10) ?? null,
    last_day: last?.slice(0, 10) ?? null,
    ...(note ? { note } : {}),
  };
}
