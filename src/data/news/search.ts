import type { NewsPart } from './news.model.js';

/** A word or a quoted phrase of a search. */
export interface Term {
  readonly text: string;
  /** Whether articles must not have it. */
  readonly without: boolean;
  readonly quoted: boolean;
}

/**
 * A term as PostgreSQL reads it in each of its configurations, as text of tsquery; empty where nothing is left of it.
 */
export interface ReadTerm {
  readonly english: string;
  readonly simple: string;
}

/**
 * What an article must match: the English document and the one of words as they are written, where there is something.
 */
export interface Alternative {
  readonly english: string | null;
  readonly simple: string | null;
}

const WEIGHTS: Record<NewsPart, string> = { title: 'A', description: 'B', content: 'C' };

/**
 * The alternatives of a web search, each a list of terms that an article must match all: `or` separates alternatives,
 * quotes hold words together, `-` says without. It is the grammar of PostgreSQL's `websearch_to_tsquery`.
 */
export function parseSearch(text: string): Term[][] {
  const alternatives: Term[][] = [[]];
  for (const [, minus, phrase, word] of text.matchAll(/(-?)(?:"([^"]*)"?|([^\s"]+))/g)) {
    const quoted = phrase !== undefined;
    if (!quoted && minus === '' && word!.toLowerCase() === 'or') alternatives.push([]);
    else alternatives.at(-1)!.push({ text: (phrase ?? word)!, without: minus === '-', quoted });
  }
  return alternatives.filter((terms) => terms.length > 0);
}

/**
 * What articles must match. A term that English drops (`ON`, `AT&T`, "to be") is searched as it is written; a common
 * word in small letters only where its alternative has no other.
 *
 * @param read      what PostgreSQL made of each term, in their order
 * @param searchIn  the parts of an article that are searched
 * @returns no alternative where there is nothing to search for
 */
export function composeSearch(
  alternatives: readonly (readonly Term[])[],
  read: readonly ReadTerm[],
  searchIn: readonly NewsPart[],
): Alternative[] {
  let next = 0;
  return alternatives.flatMap((terms): Alternative[] => {
    const known = terms.map((term) => ({ term, ...read[next++]! }));
    const english = known.filter((one) => one.english !== '');
    const written = known.filter((one) => one.english === '' && one.simple !== '');
    const named = written.filter(({ term }) => term.quoted || /[^a-z]/.test(term.text.slice(1)));
    const simple = english.length === 0 ? written : named;
    if (english.length + simple.length === 0) return [];
    return [
      {
        english: all(
          english.map((one) => ({ query: one.english, without: one.term.without })),
          searchIn,
        ),
        simple: all(
          simple.map((one) => ({ query: one.simple, without: one.term.without })),
          searchIn,
        ),
      },
    ];
  });
}

function all(terms: readonly { query: string; without: boolean }[], searchIn: readonly NewsPart[]): string | null {
  if (terms.length === 0) return null;
  return terms.map(({ query, without }) => `${without ? '!' : ''}(${inParts(query, searchIn)})`).join(' & ');
}

/** A tsquery whose lexemes count only in some parts of an article. */
export function inParts(query: string, searchIn: readonly NewsPart[]): string {
  const parts = Object.keys(WEIGHTS) as NewsPart[];
  const weights = parts.filter((part) => searchIn.includes(part)).map((part) => WEIGHTS[part]);
  if (weights.length === parts.length) return query;
  return query.replace(/'(?:[^']|'')*'/g, (lexeme) => `${lexeme}:${weights.join('')}`);
}

/**
 * The pattern, of PostgreSQL's regular expressions, of a symbol as a whole word, `$` before it or not. What goes on
 * with a letter, a digit, or a point, hyphen or ampersand and one of these is another symbol.
 */
export function symbolPattern(symbol: string): string {
  const escaped = symbol.replace(/[^A-Za-z0-9]/gu, (sign) => (sign.codePointAt(0)! < 128 ? `\\${sign}` : sign));
  return `(?<![A-Za-z0-9^]|[A-Za-z0-9][.&-])${escaped}(?![A-Za-z0-9]|[.&-][A-Za-z0-9])`;
}
