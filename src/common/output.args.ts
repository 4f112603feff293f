import { ArgsType } from '@nestjs/graphql';
import { type Rendering, Format, Numbers } from '../database/render.js';
import { Arg } from './args.js';
import { invalid } from './errors.js';
import { nearest } from './nearest.js';
import { type Column, columnsOf } from './wire.js';

/** What a REST list may be sent as; GraphQL says the same by its selection. */
@ArgsType()
export class OutputArgs {
  @Arg.list('Columns to send, in this order.', { restOnly: true, max: 20, length: 40 })
  fields?: string[];

  @Arg.choice('Format of the rows; the Accept header may say it too.', Format, { restOnly: true })
  format?: Format;

  @Arg.choice('Decimals and big integers as exact number literals, or as strings.', Numbers, {
    restOnly: true,
    default: Numbers.NUMBER,
  })
  numbers: Numbers;
}

/**
 * How a list of this model is to be rendered.
 * @throws ApiError invalid_parameter naming `fields` when a column does not exist or comes twice
 */
export function renderingOf(model: abstract new () => object, args: OutputArgs): Rendering {
  return { columns: pick(columnsOf(model), args.fields), format: args.format ?? Format.JSON, numbers: args.numbers };
}

function pick(columns: readonly Column[], fields: string[] | undefined): readonly Column[] {
  if (!fields) return columns;
  const allowed = columns.map((c) => c.name);
  return fields.map((name, i) => {
    if (fields.indexOf(name) !== i) throw invalid('fields', `fields names ${name} twice.`);
    const column = columns.find((c) => c.name === name);
    if (column) return column;
    const guess = nearest(name, allowed, 1)[0];
    throw invalid('fields', `fields names a column that is not there: ${name}.`, {
      allowed,
      hint: guess && `Did you mean ${guess}?`,
    });
  });
}
