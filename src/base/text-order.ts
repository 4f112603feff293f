/** Code units from here on are halves of characters, or come after these; PostgreSQL orders by whole characters. */
const SURROGATES = 0xd800;
const AFTER_SURROGATES = 0xe000;

/** Where a code unit stands among the characters that begin with it: halves stand for what comes after all others. */
function rank(unit: number): number {
  if (unit < SURROGATES) return unit;
  return unit < AFTER_SURROGATES ? unit + 0x2000 : unit - 0x800;
}

/** Compares texts by their characters, as PostgreSQL does with the collation `C` in UTF-8. */
export function compareTexts(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}
