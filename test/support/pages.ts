import type { TestApp } from './app.js';

/** Every row of a REST list, page by page; no page may be longer than the limit, no token may come twice. */
export async function pagedRows<Row>(api: TestApp, path: string, limit: number): Promise<Row[]> {
  const rows: Row[] = [];
  const tokens = new Set<string>();
  const join = path.includes('?') ? '&' : '?';
  for (let token: string | null = ''; token !== null;) {
    const page = token === '' ? '' : `&page_token=${token}`;
    const { body } = await api.get(`${path}${join}limit=${limit}${page}`).expect(200);
    const { data, next_page_token: next } = body as { data: Row[]; next_page_token: string | null };
    if (data.length > limit || (next !== null && data.length < limit)) {
      throw new Error(`A page of ${limit} has ${data.length} rows: ${path}`);
    }
    if (next !== null && tokens.has(next)) throw new Error(`A page token comes twice: ${path}`);
    rows.push(...data);
    if (next !== null) tokens.add(next);
    token = next;
  }
  return rows;
}
