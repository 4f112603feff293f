import { ArgsType } from '@nestjs/graphql';
import { type Format, type Rendering, Numbers, RowFormat } from '../sql/format.js';
import { Arg, argsOf } from './args.js';
import { invalid } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import { columnsOf } from './wire.js';
import { type Column, wireName } from '../sql/columns.js';

/** What REST rows may be sent as; GraphQL says the same by its selection. */
@ArgsType()
export class RowsArgs {
  @Arg.list('Columns to send, in this order.', { restOnly: true, max: 40, length: 40, example: ['symbol'] })
  fields?: string[];

  @Arg.choice('Format of the rows; the Accept header may say it too.', RowFormat, { restOnly: true })
  format?: Format;
}

/** What REST rows with decimals or big integers may be sent as. */
@ArgsType()
export class OutputArgs extends RowsArgs {
  @Arg.choice('Decimals and big integers as exact number literals, or as strings.', Numbers, {
    restOnly: true,
    default: Numbers.NUMBER,
  })
  numbers: Numbers;
}

/**
 * How rows of this model are to be rendered.
 * @param more  columns that the rows have beside those of the model
 * @throws ApiError invalid_parameter naming `fields` when a column does not exist or comes twice
 */
export function renderingOf(
  model: abstract new () => object,
  args: RowsArgs & Partial<OutputArgs>,
  more: readonly Column[] = [],
): Rendering {
  const { fields, numbers = Numbers.NUMBER } = args;
  const format = (args.format ?? RowFormat.JSON) as RowFormat;
  return { columns: pick([...columnsOf(model), ...more], fields), format, numbers };
}

function pick(columns: readonly Column[], fields: string[] | undefined): readonly Column[] {
  if (!fields) return columns.filter(({ onRequest }) => !onRequest);
  const allowed = columns.map(wireName);
  return fields.map((name, i) => {
    if (fields.indexOf(name) !== i) throw invalid('fields', `fields names ${name} twice.`);
    const column = columns.find((c) => wireName(c) === name);
    if (column) return column;
    const guess = nearest(name, allowed, 1)[0];
    throw invalid('fields', `fields names a column that is not there: ${name}.`, {
      allowed,
      hint: guess && `Did you mean ${guess}?`,
    });
  });
}

/** Arguments that say how an answer is sent or where it goes on, not what is asked. */
const NOT_ECHOED = new Set(['fields', 'format', 'numbers', 'page_token']);

/**
 * The request as it was understood, for `meta.query`: each argument by its REST name, null where it was left out.
 * @param resolved  what became of some of them, such as the window
 */
export function queryOf(
  type: new () => object,
  args: object,
  resolved: Record<string, unknown> = {},
): Record<string, unknown> {
  const given = argsOf(type)
    .filter(({ name }) => !NOT_ECHOED.has(name))
    .map(({ property, name }) => [name, (args as Record<string, unknown>)[property] ?? null]);
  return { ...(Object.fromEntries(given) as Record<string, unknown>), ...resolved };
}
