import { Field, ObjectType, type ReturnTypeFunc } from '@nestjs/graphql';
import { Page } from '../database/list.js';
import { columnsOf, GRAPHQL_TYPES } from './wire.js';

type Model<Row extends object> = abstract new () => Row;

/** Whether there is a next page, and where it starts. */
@ObjectType({ description: 'Where a page ends.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there are more rows.' })
  hasNextPage: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'What to send as `after` for the next page; also a REST page_token.',
  })
  endCursor: string | null;
}

/** The GraphQL type of a page of a model: Relay's connection. */
export function Connection<Row extends object>(
  model: Model<Row>,
  name: string,
): abstract new () => Pick<Page<Row>, 'edges' | 'nodes' | 'pageInfo'> {
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
  return ConnectionType as never;
}

/** The GraphQL type with one array per column of a model. */
export function ColumnsOf(model: abstract new () => object, name: string): new () => Record<string, unknown[]> {
  @ObjectType(`${name}Columns`, { description: 'One array per column, all of the same length and order.' })
  class Columns {}
  for (const { property, kind, nullable, description } of columnsOf(model)) {
    const type = GRAPHQL_TYPES[kind]();
    Field((() => [type]) as ReturnTypeFunc, { description, nullable: nullable ? 'items' : false })(
      Columns.prototype,
      property,
    );
  }
  return Columns as new () => Record<string, unknown[]>;
}
