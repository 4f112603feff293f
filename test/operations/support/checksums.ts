import { ALL_DATA_SETS } from '../../../src/sql/data-sets.js';
import { asAdmin } from '../../support/database.js';

/** Number of rows and a checksum over every column of every row, by table; the order of rows does not matter. */
export function checksums(adminUrl: string): Promise<Record<string, string>> {
  return asAdmin(adminUrl, async (client) => {
    await client.query(`set timezone = 'UTC'`);
    const sums: Record<string, string> = {};
    for (const { name: table } of ALL_DATA_SETS) {
      const { rows } = await client.query<{ sum: string }>(
        `select count(*) || ' rows, ' || coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0) as sum from ${table} t`,
      );
      sums[table] = rows[0]!.sum;
    }
    return sums;
  });
}
