/** The machine that a run was made on, and when. */
export function circumstances(): string;
/** Keeps the results of a run in RESULTS.md, in the place of the last ones under the same title. */
export function keepResults(title: string, text: string): void;
