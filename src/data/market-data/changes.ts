import { Injectable } from '@nestjs/common';
import { clip, type TimeWindow } from '../../base/time.js';
import { Database } from '../../postgres/database.js';
import { build } from '../../sql/build.js';
import { isUnknownCatalog } from './aggregate-state.js';
import { type ChangesRow, changes, type ChunkChanges } from './changes.sql.js';
import type { DailySource } from './daily.sql.js';

/** Reads how many rows of the bars and of the daily aggregate were written up to now. */
@Injectable()
export class BarChanges {
  constructor(private readonly db: Database) {}

  /**
   * What was written up to now. PostgreSQL counts a write up to a minute after it was committed: what is read later has
   * it sooner, and is then read once more than it need be.
   * @param chunked  whether the bars have chunks
   */
  async read(chunked: boolean): Promise<Changes> {
    try {
      const answers = await this.db.everywhere<ChangesRow>(changes(chunked).compile(build));
      return new Changes(answers.map(({ rows: [row] }) => row!));
    } catch (error) {
      if (!chunked || !isUnknownCatalog(error)) throw error;
      return this.read(false);
    }
  }
}

/** What was written up to some time. */
export class Changes {
  /** Whether it is known which part of the history was written; otherwise only whether anything was. */
  readonly exact: boolean;
  readonly #chunks: readonly { readonly window: TimeWindow; readonly holds: string; readonly text: string }[];

  /** @param servers  what each that is read from has counted */
  constructor(private readonly servers: readonly ChangesRow[]) {
    const [row] = servers;
    this.exact = servers.every(({ counts }) => counts) && row!.chunks !== null;
    const found = JSON.parse(row!.chunks ?? '[]') as ChunkChanges[];
    this.#chunks = found.map(([from, to, holds, written]) => ({
      window: { from: BigInt(from), to: BigInt(to) },
      holds,
      text: `${from} ${written}`,
    }));
  }

  /** A text that is another one where what is read of a source may have changed. */
  of({ aggregate, bars }: DailySource): string {
    if (!this.servers.every(({ counts }) => counts)) return this.servers.map(({ state }) => state).join();
    const [row] = this.servers;
    const since = row!.state.slice(0, row!.state.indexOf(' '));
    const read = [...bars, ...(aggregate?.partial ?? []), ...(aggregate?.lacking ?? [])];
    const isRead = ({ holds, window }: { holds: string; window: TimeWindow }): boolean =>
      holds === 'days'
        ? aggregate !== null && clip(aggregate.window, window) !== null
        : read.some((range) => clip(range, window));
    return [
      since,
      row!.bars,
      ...(read.some(({ archive }) => archive) ? [row!.archive] : []),
      ...this.#chunks.filter(isRead).map(({ text }) => text),
    ].join();
  }
}
