/** Bytes that there is room for at first. */
const START_BYTES = 1 << 12;

/** Bytes that grow; their memory is used again for the next rows. */
export class Growing {
  bytes = new Uint8Array(START_BYTES);
  view = new DataView(this.bytes.buffer);

  room(end: number): void {
    if (end <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, end));
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}
