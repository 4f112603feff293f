import { ApiError } from '../base/errors.js';

interface MediaRange {
  readonly type: string;
  readonly weight: number;
}

/** The ranges of an Accept header; one whose weight is no number from 0 to 1 is not accepted. */
function rangesOf(accept: string): MediaRange[] {
  return accept.split(',').flatMap((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (type === '') return [];
    const q = parameters.find((parameter) => /^q\s*=/.test(parameter))?.replace(/^q\s*=\s*/, '');
    return [{ type, weight: q === undefined ? 1 : /^(0(\.\d*)?|1(\.0*)?)$/.test(q) ? Number(q) : 0 }];
  });
}

/**
 * The media type to send (RFC 9110, 12.5.1): the one with the highest weight, the earlier one where two weigh the same.
 * The most specific range decides the weight of a type, so that a `text/csv;q=0` beside a range of everything means
 * anything but CSV.
 *
 * @param accept   the header; one that is absent or names nothing accepts everything
 * @param offered  the types that there are, the preferred one first
 * @throws ApiError not_acceptable where none of them is accepted
 */
export function requireAccepted(accept: string | undefined, offered: readonly string[]): string {
  const type = acceptedType(accept, offered);
  if (type !== undefined) return type;
  throw new ApiError('not_acceptable', 'None of the accepted media types can be sent.', { allowed: offered });
}

/** The same; undefined where none of them is accepted. */
export function acceptedType(accept: string | undefined, offered: readonly string[]): string | undefined {
  const ranges = rangesOf(accept ?? '');
  if (ranges.length === 0) return offered[0];
  const weightOf = (type: string): number => {
    const forms = [type, type.replace(/\/.*/, '/*'), '*/*'];
    return forms.map((form) => ranges.find((range) => range.type === form)).find(Boolean)?.weight ?? 0;
  };
  const best = offered.reduce((a, b) => (weightOf(b) > weightOf(a) ? b : a));
  return weightOf(best) > 0 ? best : undefined;
}
