import { sql } from 'kysely';
import { type Examples, most, page } from '../../contract/examples.js';
import { textArray } from '../../sql/build.js';
import { ComparedBar } from './compare.model.js';
import * as compare from './compare.sql.js';
import { SOURCES } from './daily.examples.js';

const { stored, corrected } = SOURCES;
const symbols = textArray(['AAPL', 'MSFT']);
const bases = { symbols, closes: textArray(['254.63', '']), base: sql.val(100) };
const KEY = ['symbol', 'day'];

/** The statements of comparisons, for their snapshots. */
export const EXAMPLES: Examples<typeof compare> = {
  rebased: { corrected: page(compare.rebased(sql.val('AAPL'), corrected, bases, most), ComparedBar, KEY) },
  rebasedOf: { stored: page(compare.rebasedOf(symbols, stored, bases, most), ComparedBar, KEY) },
};
