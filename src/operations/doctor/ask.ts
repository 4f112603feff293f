import type pg from 'pg';

/** One row of a statement. */
export async function one<Row extends pg.QueryResultRow>(
  client: pg.Client,
  text: string,
  values: unknown[] = [],
): Promise<Row> {
  const { rows } = await client.query<Row>(text, values);
  return rows[0]!;
}
