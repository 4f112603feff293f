import { hash } from 'node:crypto';

/** What XML 1.0 has no character for, written out or as a reference. Source: XML 1.0, 2.2. */
const NO_CHARACTERS = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

const REFERENCES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;' };

/** A text between tags or in an attribute; what is no character in XML is replaced by U+FFFD. */
export function xmlText(text: string): string {
  return text.replace(NO_CHARACTERS, '\ufffd').replace(/[&<>"\r]/g, (character) => REFERENCES[character]!);
}

/** An element that holds a text; nothing where there is none. */
export function element(name: string, text: string | null, attributes: Record<string, string> = {}): string {
  if (text === null) return '';
  return `<${name}${attributesOf(attributes)}>${xmlText(text)}</${name}>\n`;
}

/** A link. */
export function link(rel: string, href: string, type?: string): string {
  return `<link${attributesOf({ rel, ...(type === undefined ? {} : { type }), href })}/>\n`;
}

function attributesOf(attributes: Record<string, string>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${xmlText(value)}"`)
    .join('');
}

/** An address as an IRI may be written: what cannot stand in one is percent-encoded, what is encoded stays so. */
export function iri(address: string): string {
  return address.trim().replace(/[^\x21-\x7e]+|[<>"{}|\\^`]/g, (part) => encodeURIComponent(part));
}

/** Of names that are addresses, RFC 4122's appendix C. */
const URL_NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');

/** The UUID of a name, always the same. Source: RFC 4122, 4.3 (version 5). */
export function uuidOf(name: string): string {
  const bytes = Buffer.from(hash('sha1', Buffer.concat([URL_NAMESPACE, Buffer.from(name)]), 'hex').slice(0, 32), 'hex');
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
