import { registerEnumType } from '@nestjs/graphql';
import { invalid } from '../base/errors.js';
import { rowsOfColumns } from '../base/limits.js';
import type { Column, WireKind } from '../sql/columns.js';

/** How the rows of several symbols or series stand: one after the other, or as a column each. */
export const Layout = { LONG: 'long', WIDE: 'wide' } as const;
export type Layout = (typeof Layout)[keyof typeof Layout];
registerEnumType(Layout, { name: 'Layout', description: 'How the rows of several symbols or series stand.' });

/**
 * A column for each of some names, in their order; statements yield them as `c1`, `c2` and so on.
 * @param first  the name of the column before them
 * @param param  the parameter in which the names were given
 * @throws ApiError invalid_parameter where one of them is named as the first column is
 */
export function wideColumns(
  names: readonly string[],
  { first, param }: { readonly first: string; readonly param: string },
  kind: WireKind,
  description: string,
  digits?: Column['digits'],
): Column[] {
  if (names.includes(first)) {
    throw invalid(param, `layout=wide has no column for ${first}, as the first one is named so.`, {
      hint: 'Add layout=long.',
    });
  }
  return names.map((label, i) => ({
    property: label,
    name: `c${i + 1}`,
    label,
    kind,
    nullable: true,
    ...(digits && { digits }),
    description: `${description} of ${label}`,
  }));
}

/** Rows that are asked of a list of so many columns beside the day, as many as a page holds. */
export function rowsOfWide(columns: number, first: number | 'all'): number | 'all' {
  return first === 'all' ? first : Math.min(first, rowsOfColumns(columns + 1));
}
