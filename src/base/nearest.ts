/** Characters of a text that are compared: one bit of a machine word each. */
const MAX_COMPARED_LENGTH = 31;

/**
 * Measures the edit distance from a text to others, whatever their case; a swap of neighbours counts as one (optimal
 * string alignment, Damerau 1964). A column of the distance matrix is a machine word (Hyyrö 2003), so that ten thousand
 * names take about a millisecond.
 */
function distanceTo(text: string): (name: string) => number {
  const bits = new Map<number, number>();
  for (let i = 0; i < text.length; i++) {
    for (const letter of new Set([text[i]!.toLowerCase(), text[i]!.toUpperCase()])) {
      const code = letter.charCodeAt(0);
      bits.set(code, (bits.get(code) ?? 0) | (1 << i));
    }
  }
  const ascii = Int32Array.from({ length: 128 }, (_, code) => bits.get(code) ?? 0);
  const last = 1 << (text.length - 1);
  return (name) => {
    let [cost, up, down, diagonal, before] = [text.length, -1, 0, 0, 0];
    for (let i = 0; i < name.length; i++) {
      const code = name.charCodeAt(i);
      const same = code < 128 ? ascii[code]! : (bits.get(code) ?? 0);
      const swapped = ((~diagonal & same) << 1) & before;
      diagonal = ((((same & up) + up) | 0) ^ up) | same | down | swapped;
      let right = down | ~(diagonal | up);
      let left = diagonal & up;
      if (right & last) cost += 1;
      if (left & last) cost -= 1;
      right = (right << 1) | 1;
      left <<= 1;
      up = left | ~(diagonal | right);
      down = right & diagonal;
      before = same;
    }
    return cost;
  };
}

/**
 * The names closest to what was written, nearest first; none that would need more than a third of its letters changed.
 * Only the first 31 characters of the text are compared.
 */
export function nearest(text: string, names: Iterable<string>, count: number): string[] {
  const wanted = text.slice(0, MAX_COMPARED_LENGTH);
  if (wanted === '') return [];
  const distance = distanceTo(wanted);
  const best: { name: string; cost: number }[] = [];
  for (const name of names) {
    const worst = best.length < count ? Infinity : best[count - 1]!.cost;
    // No fewer changes than letters that one has more than the other.
    if (Math.abs(name.length - wanted.length) > worst) continue;
    const cost = distance(name);
    if (cost > worst || cost > Math.ceil(Math.max(name.length, wanted.length) / 3)) continue;
    best.push({ name, cost });
    best.sort((a, b) => a.cost - b.cost || (a.name < b.name ? -1 : 1));
    best.length = Math.min(best.length, count);
  }
  return best.map(({ name }) => name);
}

/** What to do about a value that may have lost its plus sign on the way here. */
export const PLUS_HINT = 'A + in a URL is a space: write it as %2B.';

/**
 * What an error about a name that does not exist says further: the three nearest names, as its hint and as what is
 * allowed; nothing where none is near.
 */
export function suggestions(text: string, names: readonly string[]): { hint?: string; allowed?: string[] } {
  const plus = text.replaceAll(' ', '+');
  if (plus !== text && names.includes(plus)) return { hint: PLUS_HINT, allowed: [plus] };
  const near = nearest(text, names, 3);
  return near.length > 0 ? { hint: `Did you mean ${near.join(', ')}?`, allowed: near } : {};
}
