import { ObjectType } from '@nestjs/graphql';
import { Wire, WireObject } from '../../contract/wire.js';
import { DataState } from './verdict.js';
import { Freshness } from '../market-data/daily.model.js';

/** How far the chunks of a data set are compressed. */
@ObjectType({ description: 'How far the chunks of a data set are compressed.' })
export class Compression {
  @Wire('boolean', 'Whether compression is switched on.')
  enabled: boolean;

  @Wire('integer', 'Number of chunks.')
  chunks: number;

  @Wire('integer', 'Number of chunks that are compressed.')
  compressedChunks: number;

  @Wire('text', 'Age at which the policy compresses a chunk, such as 30 days; null without a policy.', {
    nullable: true,
  })
  compressAfter: string | null;
}

/** What there is of one data set. */
@ObjectType({ description: 'What there is of one data set.' })
export class DataSet {
  @Wire('text', 'Full name of the relation, such as market_data.ohlcv.')
  name: string;

  @Wire('text', 'Its schema.')
  schema: string;

  @Wire('text', 'Its name inside the schema.')
  relation: string;

  @Wire('boolean', 'Whether the relation exists and may be read.')
  available: boolean;

  @Wire('bigint', 'Number of rows, approximately; null where it is unknown.', { nullable: true })
  rows: number | null;

  @Wire('instant', 'First instant that has a row.', { nullable: true })
  first: string | null;

  @Wire('instant', 'Last instant that has a row.', { nullable: true })
  last: string | null;

  @Wire(
    'bigint',
    "Seconds from the end of the last row's period to now: a day that is over has none at midnight; negative where it lies ahead or is not over.",
    { nullable: true },
  )
  lagSeconds: number | null;

  @Wire('text', 'Whether it has the rows that it ought to have by now; null where it may not be read.', {
    choices: DataState,
    nullable: true,
  })
  state: DataState | null;

  @Wire('instant', 'When the rows after the last one are due; null where there is none.', { nullable: true })
  expectedBy: string | null;

  @WireObject(() => [String], 'Lengths of its newest bars; null where rows have no length.', { nullable: true })
  timeframes: string[] | null;

  @WireObject(() => [String], 'Sources of its newest rows, of news of all; null where rows name no source.', {
    nullable: true,
  })
  sources: string[] | null;

  @WireObject(() => Freshness, 'How fresh and complete the aggregate is; null for what is no aggregate.', {
    nullable: true,
  })
  refresh: Freshness | null;

  @WireObject(() => Compression, 'State of its compression; null where it has no chunks.', { nullable: true })
  compression: Compression | null;

  @WireObject(() => [String], 'What one has to know to read it right.')
  notes: string[];
}

/** One schema of the database. */
@ObjectType({ description: 'One schema of the database.' })
export class SchemaContents {
  @Wire('text', 'Name of the schema.')
  name: string;

  @Wire('boolean', 'Whether it holds no relation.')
  empty: boolean;

  @WireObject(() => [String], 'Its tables and views, in alphabetical order.')
  relations: string[];
}

/** What is in the database. */
@ObjectType({ description: 'What is in the database.' })
export class Catalog {
  @Wire('instant', 'When it was looked up; the answer may be some minutes old.')
  asOf: string;

  @WireObject(() => [DataSet], 'The data sets.')
  dataSets: DataSet[];

  @WireObject(() => [SchemaContents], 'The schemas, also those with nothing in them.')
  schemas: SchemaContents[];
}
