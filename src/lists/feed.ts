import type { Column } from '../sql/columns.js';
import type { PageRows } from './page-rows.js';

/** What a feed knows of a page as a whole. */
export interface FeedPage {
  /** Its rows by GraphQL's names; empty where the whole list is streamed. */
  readonly rows: readonly object[];
  /** What was asked, in one form: the parameters in order, but for those that say how or how much is sent. */
  readonly asked: string;
  /** Where it is, relative to itself. */
  readonly self: string;
  /** Where the next page is; null on the last one and where the whole list is sent. */
  readonly next: string | null;
}

/** How a list becomes what programs subscribe to: a document with an entry for each of its rows. */
export interface Feed {
  /** What it reads of each row. */
  readonly columns: readonly Column[];
  /** What stands before the entries. */
  head(page: FeedPage): string;
  /** The entry of a row by GraphQL's names; empty for one that the document cannot say. */
  entry(row: object): string;
  /** What stands after the entries. */
  readonly foot: string;
}

/** A page as such a document. */
export function feedPage(feed: Feed, rows: PageRows, place: Omit<FeedPage, 'rows'>): Buffer {
  const read = rows.reader<object>()(rows.count);
  return Buffer.from(feed.head({ ...place, rows: read }) + entriesOf(feed, read) + feed.foot);
}

/** The entries of some rows. */
export function feedEntries(feed: Feed, rows: PageRows): Buffer {
  return Buffer.from(entriesOf(feed, rows.reader<object>()(rows.count)));
}

function entriesOf(feed: Feed, rows: readonly object[]): string {
  return rows.map((row) => feed.entry(row)).join('');
}
