/** What Node 22 has and TypeScript's ES2024 library does not declare yet. */
interface JSON {
  /** A value whose text stands in `JSON.stringify`'s output as it is (TC39: JSON.parse source text access). */
  rawJSON(text: string): unknown;
}
