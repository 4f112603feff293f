import type { CompiledQuery } from 'kysely';

/** A compiled statement, and the name under which connections prepare it; without one it is sent as it is. */
export type NamedQuery<Row = unknown> = CompiledQuery<Row> & { readonly name?: string };
