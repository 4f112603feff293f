import { currentRequest } from '../base/request.js';
import { digest, matches } from '../contract/etag.js';
import { columnarPage, type FileRendering } from '../lists/columnar/columnar.js';
import { isColumnar } from '../lists/columnar/schema.js';
import type { PageRows } from '../lists/page-rows.js';
import { writePage } from '../lists/write.js';
import { type ColumnarRendering, type Rendering, TextFormat } from '../sql/format.js';
import { type Answer, type Beside, listAnswer, type ListMeta, nextPage, saidOf } from './answer.js';

/**
 * What a file says beside its rows, which JSON has in its envelope.
 * @param token  where the next page starts; null on the last one and where the whole list is sent
 */
export function described(rendering: ColumnarRendering, meta: ListMeta, token: string | null): FileRendering {
  const url = currentRequest()?.url ?? '';
  const about = {
    meta: JSON.stringify(saidOf(meta)),
    ...(url.startsWith('/v1/market-data/') ? { prices: 'raw: not adjusted for splits and dividends' } : {}),
    ...(token === null ? {} : { next_page_token: token, next: nextPage(url, token) }),
  };
  return { ...rendering, about };
}

/**
 * A page as a file of columns. Its tag tells of the rows and not of the file, so that none is made for a client that
 * has it.
 */
async function columnarAnswer(
  rows: PageRows,
  rendering: ColumnarRendering,
  token: string | null | undefined,
  beside: Beside,
): Promise<Answer & { readonly etag: string }> {
  const identity = digest(writePage(rows, { ...rendering, format: TextFormat.NDJSON }));
  const answer = listAnswer(Buffer.alloc(0), rendering, token, beside, identity);
  if (matches(currentRequest()?.condition, answer.etag)) return answer;
  return { ...answer, body: await columnarPage(rows, described(rendering, beside.meta, token ?? null)) };
}

/**
 * A page of rows in its format.
 * @param token  where the next page starts; null on the last one, undefined for a list without pages
 * @throws ApiError limit_exceeded where a value is not exact in the type of its column
 */
export async function pageAnswer(
  rows: PageRows,
  rendering: Rendering,
  token: string | null | undefined,
  beside: Beside,
): Promise<Answer & { readonly etag: string }> {
  if (isColumnar(rendering)) return columnarAnswer(rows, rendering, token, beside);
  return listAnswer(writePage(rows, rendering), rendering, token, beside);
}
