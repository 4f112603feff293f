import { hash } from 'node:crypto';

/** A weak entity tag of what an answer is made of. */
export function etagOf(parts: readonly string[]): string {
  return `W/"${digest(parts.join('\0')).slice(0, 22)}"`;
}

/** What a text is known by. */
export function digest(text: string | Buffer): string {
  return hash('sha1', text, 'base64url');
}

/** The tags of an `If-None-Match`, in the form that {@link etagOf} gives; `*` as it is. */
export function tagsOf(condition: string): string[] {
  return condition.split(',').map((part) => {
    const tag = part.trim();
    return tag.startsWith('"') ? `W/${tag}` : tag;
  });
}

/** Whether what a client has still holds: RFC 9110, 13.1.2, with weak comparison and `*`. */
export function matches(condition: string | undefined, etag: string): boolean {
  return condition !== undefined && tagsOf(condition).some((tag) => tag === '*' || tag === etag);
}
