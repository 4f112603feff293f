import { Field, ObjectType, type ReturnTypeFunc } from '@nestjs/graphql';
import { DateTimeScalar } from './scalars.js';
import { columnsOf, graphqlType } from './wire.js';

type Model<Row extends object> = abstract new () => Row;

/** Where a page begins and ends, as Relay has it. */
@ObjectType({ description: 'Where a page begins and ends.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there are more rows after it.' })
  hasNextPage: boolean;

  @Field(() => Boolean, { description: 'Whether there are rows before it: it was asked for with `after`.' })
  hasPreviousPage: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of its first row; null where it has none.' })
  startCursor: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What to send as `after` for the next page; also a REST page_token.',
  })
  endCursor: string | null;
}

/** What every connection has. */
interface ConnectionFields<Row extends object> {
  edges: readonly { cursor: string; node: Row }[];
  nodes: Row[];
  pageInfo: PageInfo;
}

/** The window that a list was read from. */
@ObjectType({ description: 'The window that a list was read from: half-open, in UTC.' })
export class Window {
  @Field(() => DateTimeScalar, { description: 'Its first instant, inclusive.' })
  start: string;

  @Field(() => DateTimeScalar, { description: 'Its end, exclusive.' })
  end: string;
}

/** The GraphQL type of a page of a list in time: Relay's connection, and the window that was read. */
export function WindowConnection<Row extends object>(
  model: Model<Row>,
  name: string,
): abstract new () => ConnectionFields<Row> & { window: Window } {
  @ObjectType({ isAbstract: true })
  abstract class ConnectionType extends Connection(model, name) {
    @Field(() => Window, { description: 'The window that the rows are from, with the defaults filled in.' })
    window: Window;
  }
  return ConnectionType;
}

/** The same for a list whose default window may leave rows out, which its note says. */
export function NotedConnection<Row extends object>(
  model: Model<Row>,
  name: string,
): abstract new () => ConnectionFields<Row> & { window: Window; note: string | null } {
  @ObjectType({ isAbstract: true })
  abstract class ConnectionType extends WindowConnection(model, name) {
    @Field(() => String, {
      nullable: true,
      description: 'What the default window leaves out; null where that is nothing.',
    })
    note: string | null;
  }
  return ConnectionType;
}

/** The GraphQL type of a page of a model: Relay's connection. */
export function Connection<Row extends object>(
  model: Model<Row>,
  name: string,
): abstract new () => ConnectionFields<Row> {
  @ObjectType(`${name}Edge`, { description: `One ${name} and its cursor.` })
  class Edge {
    @Field(() => String, { description: 'What to send as `after` to go on after this row.' })
    cursor: string;

    @Field(() => model, { description: 'The row.' })
    node: Row;
  }

  @ObjectType({ isAbstract: true })
  abstract class ConnectionType {
    @Field(() => [Edge], { description: 'The rows with their cursors.' })
    edges: Edge[];

    @Field(() => [model], { description: 'The rows.' })
    nodes: Row[];

    @Field(() => PageInfo, { description: 'Whether and where it goes on.' })
    pageInfo: PageInfo;
  }
  return ConnectionType;
}

/** The GraphQL type with one array per column of a model. */
export function ColumnsOf(model: abstract new () => object, name: string): new () => Record<string, unknown[]> {
  @ObjectType(`${name}Columns`, { description: 'One array per column, all of the same length and order.' })
  class Columns {}
  for (const column of columnsOf(model)) {
    const { property, nullable, description } = column;
    const type = graphqlType(column);
    Field((() => [type]) as ReturnTypeFunc, { description, nullable: nullable ? 'items' : false })(
      Columns.prototype,
      property,
    );
  }
  return Columns as new () => Record<string, unknown[]>;
}
