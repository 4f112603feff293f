import { columnsOf } from '../../contract/wire.js';
import { element, iri, link, uuidOf } from '../../lists/atom.js';
import type { Feed, FeedPage } from '../../lists/feed.js';
import { Article } from './news.model.js';

const TYPE = 'application/atom+xml';
/** When a feed without an entry was updated: RFC 4287 wants a time. */
const NEVER = '1970-01-01T00:00:00Z';

/**
 * A list of articles as an Atom feed. Source: RFC 4287; the links of its pages: RFC 5005.
 * @param content  whether the entries have the text of the articles
 */
export function newsFeed(content: boolean): Feed {
  return {
    columns: columnsOf(Article).filter(({ name }) => content || name !== 'content'),
    head: headOf,
    entry: (row) => entryOf(row as Article, content),
    foot: '</feed>\n',
  };
}

function headOf({ rows, asked, self, next }: FeedPage): string {
  const times = (rows as readonly Article[]).flatMap(({ publishedAt }) => (publishedAt as string | null) ?? []);
  return [
    '<?xml version="1.0" encoding="utf-8"?>\n',
    '<feed xmlns="http://www.w3.org/2005/Atom">\n',
    // What is asked, and not when or how much of it, makes it this feed.
    element('id', `urn:uuid:${uuidOf(`tetra:news?${asked}`)}`),
    element('title', 'News'),
    element(
      'updated',
      times.reduce((a, b) => (a > b ? a : b), NEVER),
    ),
    element('generator', 'Tetra Query API'),
    '<author>',
    element('name', 'Tetra Query API').trim(),
    '</author>\n',
    link('self', self, TYPE),
    next === null ? '' : link('next', next, TYPE),
  ].join('');
}

/** An article; the table does not know of later changes, so it was updated when it was published. */
function entryOf(
  { id, title, description, url, source, author, publishedAt, content }: Article,
  whole: boolean,
): string {
  const at = (publishedAt as string | null) ?? NEVER;
  return [
    '<entry>\n',
    element('id', `urn:uuid:${id}`),
    element('title', title, { type: 'text' }),
    element('updated', at),
    element('published', at),
    // What is no address of the web is none that a reader should follow.
    link('alternate', /^https?:/i.test(url.trim()) ? iri(url) : `urn:uuid:${id}`),
    // Without one of its own it would have that of the feed.
    `<author>${element('name', author ?? source ?? 'unknown').trim()}</author>\n`,
    source === null ? '' : `<source>${element('title', source).trim()}</source>\n`,
    element('summary', description, { type: 'text' }),
    whole ? element('content', content, { type: 'text' }) : '',
    '</entry>\n',
  ].join('');
}
