/** Octets that a line of iCalendar has at most, without its end. Source: RFC 5545, 3.1. */
const LINE_OCTETS = 75;

/**
 * A content line: folded so that no line has more than 75 octets and no character of UTF-8 is cut; it ends with CRLF.
 * Source: RFC 5545, 3.1.
 */
export function contentLine(name: string, value: string): string {
  const line = `${name}:${value}`;
  if (Buffer.byteLength(line) <= LINE_OCTETS) return `${line}\r\n`;
  let folded = '';
  let octets = 0;
  for (const character of line) {
    const length = Buffer.byteLength(character);
    if (octets + length > LINE_OCTETS) {
      folded += '\r\n ';
      octets = 1;
    }
    folded += character;
    octets += length;
  }
  return `${folded}\r\n`;
}

/**
 * A text as a property has it: backslashes, semicolons and commas escaped, line breaks as \n. Other control characters
 * are none that a text may have, and become spaces. Source: RFC 5545, 3.3.11.
 */
export function escapedText(text: string): string {
  return text
    .replace(/[\\;,]/g, '\\$&')
    .replace(/\r\n|[\r\n]/g, '\\n')
    .replace(CONTROLS, ' ');
}

const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f]/g;

/** An instant of the wire as a date and time in UTC; a fraction of a second is left out, since there is none. */
export function utcTime(instant: string): string {
  return `${instant.slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** The day of an instant of the wire as a date. */
export function dateOf(instant: string): string {
  return instant.slice(0, 10).replaceAll('-', '');
}
