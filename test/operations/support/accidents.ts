/** What {@link checksums} says of a database. */
type Checksums = Readonly<Record<string, string>>;

/**
 * An accident, from when it happens until what it took is back. The run prints it as a row of the table in
 * docs/operations.md: what happened, rows before, rows after, seconds to recover.
 */
export class Accident {
  readonly #began = performance.now();

  /** @param before  of the database just before it happened */
  constructor(
    private readonly what: string,
    private readonly before: Checksums,
  ) {}

  /** @param after  of the database that serves again */
  over(after: Checksums): void {
    const seconds = ((performance.now() - this.#began) / 1000).toFixed(1);
    process.stderr.write(`accident | ${this.what} | ${rowsIn(this.before)} | ${rowsIn(after)} | ${seconds} s |\n`);
  }
}

function rowsIn(sums: Checksums): number {
  // Daily bars are made of the bars.
  const stored = Object.entries(sums).filter(([relation]) => relation !== 'market_data.ohlcv_daily');
  return stored.reduce((rows, [, sum]) => rows + Number.parseInt(sum, 10), 0);
}
