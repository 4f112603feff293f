import { invalid } from '../base/errors.js';

/**
 * The names of a list parameter: separated by commas, one with a comma in quotes and its own quotes doubled, as in CSV
 * (RFC 4180). Nothing is trimmed: a name with a space is not the name without it.
 *
 * @throws ApiError invalid_parameter for an empty name, or quotes that are not closed
 */
export function splitNames(text: string, param: string): string[] {
  if (!text.includes('"')) {
    const names = text.split(',');
    if (names.includes('')) throw invalid(param, `${param} has an empty item.`);
    return names;
  }
  const names: string[] = [];
  // One name at a time, each followed by a comma or the end.
  const item = /(?:"((?:[^"]|"")*)"|([^",][^,]*))(,|$)/y;
  while (item.lastIndex < text.length) {
    const at = item.lastIndex;
    const [, quoted, plain, end] = item.exec(text) ?? [];
    const name = quoted === undefined ? plain : quoted.replaceAll('""', '"');
    if (name === undefined) throw malformed(param, text.slice(at));
    if (name === '' || (end === ',' && item.lastIndex === text.length)) {
      throw invalid(param, `${param} has an empty item.`);
    }
    names.push(name);
  }
  return names;
}

function malformed(param: string, rest: string): Error {
  if (rest.startsWith(',')) return invalid(param, `${param} has an empty item.`);
  return invalid(param, `${param} has a name whose quotes are not closed before the next comma.`, {
    hint: 'A name with a comma is written in quotes, and quotes inside it are doubled: "Bloomberg, L.P.",Reuters',
  });
}
