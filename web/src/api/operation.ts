/** A GraphQL operation with the types of its answer and of its variables. */
export interface Operation<Answer, Variables> {
  readonly name: string;
  /** The document, a field a line. */
  readonly text: string;
  /** Only types: what an answer has, and what it asks for. */
  readonly of?: (variables: Variables) => Answer;
}
