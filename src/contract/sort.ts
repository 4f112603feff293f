import { registerEnumType } from '@nestjs/graphql';

/** Order in time. */
export const SortDirection = { ASC: 'asc', DESC: 'desc' } as const;
export type SortDirection = (typeof SortDirection)[keyof typeof SortDirection];
registerEnumType(SortDirection, {
  name: 'SortDirection',
  description: 'Order in time.',
  valuesMap: { ASC: { description: 'Oldest first.' }, DESC: { description: 'Newest first.' } },
});
