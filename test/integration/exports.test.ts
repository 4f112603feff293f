import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type RawBuilder, sql } from 'kysely';
import { Cancels } from '../../src/postgres/cancel.js';
import { Exports } from '../../src/postgres/exports.js';
import { Traffic } from '../../src/postgres/pace.js';
import { Pool } from '../../src/postgres/pool.js';
import { build } from '../../src/sql/build.js';
import { sharedDatabase } from '../support/database.js';

/** Tells when the server has taken a request to cancel. */
class Watched extends Cancels {
  readonly taken = Promise.withResolvers<null>();

  override async cancel(...asked: Parameters<Cancels['cancel']>): Promise<void> {
    await super.cancel(...asked);
    this.taken.resolve(null);
  }
}

const cancels = new Watched();
let pool: Pool;
let exports: Exports;
beforeAll(() => {
  pool = new Pool({
    url: sharedDatabase().reader,
    applicationName: 'tetra-export',
    size: 1,
    overflow: 0,
    acquireTimeout: 5000,
    recycle: 60_000,
    prePing: false,
    statementTimeout: 60_000,
    lockTimeout: 1000,
    replyTimeout: 0,
    onError: () => undefined,
  });
  exports = new Exports(pool, cancels, 60_000, new Traffic(() => 0));
});
afterAll(() => exports.close());

const query = (statement: RawBuilder<unknown>) => statement.compile(build);

it('an export whose client leaves between two statements begins no other', async () => {
  const first = Promise.withResolvers<null>();
  const ended = Promise.withResolvers<unknown>();
  const stream = await exports.stream({
    header: '',
    async *lines(source) {
      try {
        for await (const { count } of source.read(query(sql`select 1`))) expect(count).toBe(1);
        first.resolve(null);
        // There was nothing to cancel.
        await cancels.taken.promise;
        for await (const { bytes } of source.read(query(sql`select 2`))) yield bytes;
        ended.resolve('it went on');
      } catch (error) {
        ended.resolve(error);
        throw error;
      }
    },
  });
  stream.on('error', () => undefined);
  await first.promise;
  stream.destroy();
  expect(await ended.promise).toBeInstanceOf(Error);
  // Its connection is there for the next one.
  pool.give(await pool.take(), false);
});
