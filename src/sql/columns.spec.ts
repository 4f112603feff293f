import { describe, expect, it } from '@jest/globals';
import { type Expression, sql } from 'kysely';
import { build, columnsAs, utcDay } from './build.js';
import type { RowOf } from './columns.js';

class Model {
  eventName: string;
  impactLevel: number | null;
}

describe('the row of a model', () => {
  it('has the names of the wire', () => {
    const row: RowOf<Model> = { event_name: 'CPI', impact_level: null };
    expect(Object.keys(row)).toEqual(['event_name', 'impact_level']);
  });

  it('lists its columns by these names', () => {
    const name = sql<string>`e.name`;
    const columns = columnsAs<RowOf<Model>>({ event_name: name, impact_level: sql<number>`1` });
    expect(sql`select ${columns}`.compile(build).sql).toBe('select e.name as "event_name", 1 as "impact_level"');
    // @ts-expect-error a column is missing
    columnsAs<RowOf<Model>>({ event_name: name });
    // @ts-expect-error a column is misspelt
    columnsAs<RowOf<Model>>({ event_name: name, impact_levle: sql<number>`1` });
    // @ts-expect-error a column is of another type
    columnsAs<RowOf<Model>>({ event_name: name, impact_level: name });
  });
});

it('a statement that does not yield the row of its model does not compile', () => {
  const from = build.selectFrom('events.event_data as event');
  const right: Expression<RowOf<Model>> = from.select(['event.event_name', 'event.impact_level']);
  // @ts-expect-error no table has this column
  const misspelt = () => from.select('event.evnet_name');
  // @ts-expect-error a column is missing
  const missing: Expression<RowOf<Model>> = from.select('event.event_name');
  // @ts-expect-error a column has another name than the model's
  const renamed: Expression<RowOf<Model>> = from.select((eb) => [
    utcDay(eb.ref('event.event_datetime')).as('eventName'),
    utcDay(eb.ref('event.actual')).as('impact_level'),
  ]);
  expect([right, misspelt, missing, renamed]).toHaveLength(4);
});
