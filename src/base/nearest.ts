/** Characters of a text that are compared: one bit of a machine word each. */
const MAX_COMPARED_LENGTH = 31;

/**
 * Measures the edit distance from a text to others, whatever their case; a swap of neighbours counts as one (optimal
 * string alignment, Damerau 1964). A column of the distance matrix is a machine word (Hyyrö 2003).
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

/** Adds to two words of bits the one of a letter, whatever its case, of a digit, or of all else. */
function addKind(bits: Int32Array, at: number, code: number): void {
  const letter = (code | 32) - 97;
  if (code < 128 && letter >= 0 && letter < 26) bits[at]! |= 1 << letter;
  else if (code >= 48 && code <= 57) bits[at + 1]! |= 1 << (code - 48);
  else bits[at + 1]! |= 1 << 31;
}

/** Names that are searched again and again: which letters and digits each of them has tells most of them apart. */
export class Names {
  /** Two words of bits for each name, and its length. */
  readonly kinds: Int32Array;
  readonly lengths: Int32Array;

  constructor(readonly all: readonly string[]) {
    this.lengths = Int32Array.from(all, ({ length }) => length);
    this.kinds = new Int32Array(2 * all.length);
    for (const [n, name] of all.entries()) {
      for (let i = 0; i < name.length; i++) addKind(this.kinds, 2 * n, name.charCodeAt(i));
    }
  }
}

/** How many characters of a text are of no kind that a name has, each of which needs a change. */
function strangersOf(text: string, { kinds }: Names): (n: number) => number {
  const letters = new Int32Array(2 * text.length);
  for (let i = 0; i < text.length; i++) {
    for (const letter of [text[i]!.toLowerCase(), text[i]!.toUpperCase()]) {
      addKind(letters, 2 * i, letter.charCodeAt(0));
    }
  }
  return (n) => {
    const [first, second] = [kinds[2 * n]!, kinds[2 * n + 1]!];
    let count = 0;
    for (let i = 0; i < letters.length; i += 2) {
      if (((letters[i]! & first) | (letters[i + 1]! & second)) === 0) count += 1;
    }
    return count;
  };
}

/**
 * The names closest to what was written, nearest first; none that would need more than a third of its letters changed.
 * Only the first 31 characters of the text are compared.
 */
export function nearest(text: string, names: readonly string[] | Names, count: number): string[] {
  const wanted = text.slice(0, MAX_COMPARED_LENGTH);
  if (wanted === '') return [];
  const known = names instanceof Names ? names : new Names(names);
  const { all, lengths } = known;
  const distance = distanceTo(wanted);
  const strangers = strangersOf(wanted, known);
  const best: { name: string; cost: number }[] = [];
  let last: { name: string; cost: number } | undefined;
  for (let i = 0; i < all.length; i++) {
    const longer = Math.max(lengths[i]!, wanted.length);
    const most = Math.min(last?.cost ?? Infinity, Math.ceil(longer / 3));
    // No fewer changes than letters that one has more than the other, nor than letters that the other lacks.
    if (longer - Math.min(lengths[i]!, wanted.length) > most) continue;
    const fewest = strangers(i);
    if (fewest > most || (fewest === last?.cost && all[i]! >= last.name)) continue;
    const name = all[i]!;
    const cost = distance(name);
    if (cost > most || (cost === last?.cost && name >= last.name)) continue;
    best.push({ name, cost });
    best.sort((a, b) => a.cost - b.cost || (a.name < b.name ? -1 : 1));
    best.length = Math.min(best.length, count);
    last = best[count - 1];
  }
  return best.map(({ name }) => name);
}

/** What to do about a value that may have lost its plus sign on the way here. */
export const PLUS_HINT = 'A + in a URL is a space: write it as %2B.';

/**
 * What an error about a name that does not exist says further: the three nearest names, as its hint and as what is
 * allowed; nothing where none is near.
 */
export function suggestions(text: string, names: readonly string[] | Names): { hint?: string; allowed?: string[] } {
  const plus = text.replaceAll(' ', '+');
  if (plus !== text && (names instanceof Names ? names.all : names).includes(plus))
    return { hint: PLUS_HINT, allowed: [plus] };
  const near = nearest(text, names, 3);
  return near.length > 0 ? { hint: `Did you mean ${near.join(', ')}?`, allowed: near } : {};
}
