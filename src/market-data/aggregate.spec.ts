import { expect, it } from '@jest/globals';
import { formatInstant, parseInstant } from '../database/time.js';
import { lackingOf } from './aggregate.js';

const micros = (text: string): string => String(parseInstant(`${text}:00:00Z`));
const MIN = '-9223372036854775808';
const MAX = '9223372036854775807';
const bars = { barsFrom: micros('2019-01-03T00'), barsTo: micros('2020-01-02T00') };

function lacking(invalid: [string, string][], watermark: string | null, materializedOnly: boolean): string[] {
  const row = { ...bars, invalid: JSON.stringify(invalid), watermark, materializedOnly };
  return lackingOf(row).map(({ from, to }) => `${formatInstant(from).slice(0, 10)}/${formatInstant(to).slice(0, 10)}`);
}

it.each<[string, [string, string][], string | null, boolean, string[]]>([
  ['nothing was ever added up', [[MIN, MAX]], null, true, ['2019-01-03/2020-01-02']],
  [
    'only the last days were',
    [[MIN, micros('2019-12-20T00')]],
    micros('2020-01-01T00'),
    false,
    ['2019-01-03/2019-12-21'],
  ],
  ['all was, and the database adds the rest', [[micros('2020-01-01T00'), MAX]], micros('2020-01-01T00'), false, []],
  [
    'all was, and nobody adds the rest',
    [[micros('2020-01-01T00'), MAX]],
    micros('2020-01-01T00'),
    true,
    ['2020-01-01/2020-01-02'],
  ],
  [
    'one bar was corrected',
    [[micros('2019-05-05T14'), micros('2019-05-05T14')]],
    micros('2020-01-01T00'),
    false,
    ['2019-05-05/2019-05-06'],
  ],
  ['only chunks that are gone', [[MIN, micros('2018-12-31T00')]], micros('2020-01-01T00'), false, []],
])('%s', (_, invalid, watermark, materializedOnly, expected) => {
  expect(lacking(invalid, watermark, materializedOnly)).toEqual(expected);
});

it('reads many stretches as one', () => {
  const invalid = Array.from({ length: 9 }, (_, i): [string, string] => [
    micros(`2019-0${i + 1}-10T05`),
    micros(`2019-0${i + 1}-10T06`),
  ]);
  expect(lacking(invalid, micros('2020-01-01T00'), false)).toEqual(['2019-01-10/2019-09-11']);
});
