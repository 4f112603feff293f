import fc from 'fast-check';

/** Text that people, programs and attackers put where something else belongs. */
export const HOSTILE = [
  ...[
    '',
    ' ',
    '0',
    '-0',
    '+1',
    '1',
    '01',
    '-1',
    '0x10',
    '1e3',
    '1_000',
    '1.0',
    'NaN',
    'Infinity',
    '９',
    'true',
    'false',
  ],
  ...['2147483648', '9007199254740993', '9223372036854775808', '9'.repeat(40), 'null', 'undefined', '[]', '{}', 'all'],
  ...['2025-10-31', '2026-02-30', '2024-02-29', '0000-01-01', '0001-01-01', '9999-12-31', '300000-01-01', '2025-1-1'],
  ...['2025-10-31T14:30:00Z', '2025-10-31T14:30:00', '2025-10-31T23:59:60Z', '2025-10-31T00:00:00+14:00', '2025-W44-5'],
  ...[
    '0001-01-01T00:00:00+14:00',
    '9999-12-31T23:59:59-14:00',
    '2025-10-31T24:00:00Z',
    '1761868800000',
    'infinity',
    '-infinity',
    'now',
    'today',
    'epoch',
    '2025-10-31T14:30:00.1234567Z',
  ],
  ...["'", "''", '"', ';--', "1' or '1'='1", '") or 1=1 --', '$1', '$$', '\\', '%', '_', '%25', '../../etc/passwd'],
  ...['${7*7}', '{{7*7}}', '<script>', '\0', 'a\0b', '\ud800', '\u202e', '\r\nX: y', '\u{1f4a9}', 'é', 'e\u0301', 'ﬁ'],
  ...['a'.repeat(8000), ','.repeat(500), 'AAPL,'.repeat(200), '%'.repeat(1000), '(a+)+$', 'a'.repeat(50) + '!'],
  ...[
    'AAPL',
    'aapl',
    'AAPL,MSFT',
    'AAPL,,MSFT',
    ' AAPL ',
    'timestamp,close',
    'timestamp,timestamp',
    'asc',
    'desc',
    'ASC',
  ],
  ...[
    'json',
    'csv',
    'ndjson',
    'columns',
    'xml',
    'number',
    'string',
    '1d',
    '1m',
    'weekdays',
    'observed',
    'lin',
    'pc1',
    'm',
    'avg',
  ],
];

/** Any text, most of it hostile. */
export const anyText = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.integer().map(String) },
  { weight: 1, arbitrary: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()) },
);

/** Percent-encodes any text, lone surrogates as the bytes that a careless client would send. */
export function encoded(text: string): string {
  return [...Buffer.from(text, 'utf8')].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}
