import { type ResponsePath, responsePathAsArray } from 'graphql';
import type { Numbers } from '../sql/format.js';
import { currentRequest } from '../base/request.js';
import { ApiError } from '../base/errors.js';
import { LIMITS } from '../base/limits.js';
import { worked } from '../base/turns.js';

/** A part of an answer that is JSON already, and where in the answer it belongs. */
export interface PassedText {
  readonly path: ResponsePath;
  readonly text: Buffer;
}

/** Something that an answer has no row for, and what might have been meant. */
export interface Hint {
  /** Where in the answer it is missing. */
  readonly path: readonly (string | number)[];
  /** The argument. */
  readonly param: string;
  /** What was asked for. */
  readonly unknown: string;
  /** The nearest names there are, the nearest first. */
  readonly nearest: readonly string[];
}

/** Hints of one answer, and how many of them say the nearest names, which takes a look at every name. */
const MAX_HINTS = 100;
const MAX_HINTS_WITH_NAMES = 5;
/** An answer of so many bytes is made however many others are. */
const SMALL_ANSWER_BYTES = 250_000;

/** Bytes that take as long as a value: to be read, copied and sent. */
const BYTES_PER_VALUE = 250;

/** Bytes of the answers that are being built at the moment. */
let underWay = 0;

/** The answer to one operation while it is built: how large it is, and what is known of it beside its values. */
export class GraphqlAnswer {
  /** Lists that PostgreSQL wrote as they are sent. */
  readonly passed: PassedText[] = [];
  /** Lists so long that they become text a part at a time. */
  readonly long: ResponsePath[] = [];
  readonly hints: Hint[] = [];
  /** Why it is not sent; null while nothing is wrong. */
  refused: ApiError | null = null;
  /** How long it may be reused, in seconds; null while nothing has said so. */
  maxAge: number | null = null;
  #bytes = 0;

  /** @param numbers  how decimals and big integers are sent */
  constructor(readonly numbers: Numbers) {}

  /**
   * Counts a part of it. Beyond the limit the whole answer is refused: its statements end, and what is still completed
   * is no longer looked at.
   */
  add(bytes: number, values = 1): void {
    this.#bytes += bytes;
    underWay += bytes;
    worked(values + bytes / BYTES_PER_VALUE);
    if (this.refused !== null) return;
    if (this.#bytes > LIMITS.answerBytes) this.refuseSize();
    else if (underWay > LIMITS.answersBytes && this.#bytes > SMALL_ANSWER_BYTES) {
      this.#refuse(new ApiError('overloaded', 'Too many large answers are being made. Try again shortly.'));
    }
  }

  /** Bytes that may still be added: what is known to be larger need not be read. */
  get room(): number {
    return Math.max(0, LIMITS.answerBytes - this.#bytes);
  }

  /** Refuses the whole answer, since a part of it is larger than there is room for. */
  refuseSize(): void {
    this.#refuse(tooLarge());
  }

  /** Says that a part of it may be reused for so many seconds; the shortest counts. */
  keptFor(seconds: number): void {
    this.maxAge = Math.min(this.maxAge ?? seconds, seconds);
  }

  /**
   * Says that something that was asked for is not there.
   * @param suggest  finds the nearest names
   */
  async hint(
    path: ResponsePath,
    param: string,
    unknown: string,
    suggest: (name: string) => Promise<readonly string[]>,
  ): Promise<void> {
    if (this.hints.length >= MAX_HINTS) return;
    const hint = { path: responsePathAsArray(path), param, unknown, nearest: [] as readonly string[] };
    if (this.hints.push(hint) <= MAX_HINTS_WITH_NAMES) hint.nearest = await suggest(unknown);
  }

  /** Ends the count of what it held in memory. */
  release(): void {
    underWay -= this.#bytes;
    this.#bytes = 0;
  }

  #refuse(reason: ApiError): void {
    if (this.refused) return;
    this.refused = reason;
    currentRequest()?.end(reason);
  }
}

function tooLarge(): ApiError {
  return new ApiError('limit_exceeded', `The answer has more than ${LIMITS.answerBytes} bytes.`, {
    hint: 'Ask for fewer rows with first, for fewer texts, or split the operation.',
  });
}
