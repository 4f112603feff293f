/** Small numbers of so many bits each, the first in the lowest bits of the first byte. */
export function packed(values: Uint8Array, bits: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((values.length * bits) / 8));
  for (let i = 0; i < values.length; i++) {
    const at = i * bits;
    // Bits divide eight, so that no number is in two bytes.
    bytes[at >> 3]! |= values[i]! << (at & 7);
  }
  return bytes;
}
