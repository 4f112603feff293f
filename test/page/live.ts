import type { Page } from 'playwright-core';
import { asAdmin, type TestDatabase } from '../support/database.js';

/** Changes the close of the newest bar of a symbol. */
export const writeClose = (database: TestDatabase, symbol: string, close: number): Promise<void> =>
  asAdmin(database.urls.admin, async (client) => {
    await client.query(
      `update market_data.ohlcv set close = $2, high = greatest(high, $2), low = least(low, $2), updated_at = now()
       where symbol = $1 and timestamp = (select max(timestamp) from market_data.ohlcv where symbol = $1)`,
      [symbol, close],
    );
  });

/** Waits until the page says that its stream is in a state. */
export const state = (page: Page, name: string): Promise<void> => page.locator(`.stream.is-${name}`).waitFor();

/** Waits until the board shows a price of a symbol. */
export const priceOf = (page: Page, symbol: string, text: string): Promise<void> =>
  page.locator('.row', { hasText: symbol }).locator('.price', { hasText: text }).first().waitFor();
