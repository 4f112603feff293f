import { describe, expect, it } from '@jest/globals';
import type { Column } from '../sql/columns.js';
import { rowsOfObjects } from './object-rows.js';
import { jsonObjects } from './write.js';

const column = (name: string): Column => ({ property: name, name, kind: 'text', nullable: true, description: '' });

describe('rows of objects', () => {
  it('are whole wherever the memory that they are written into has to grow', () => {
    const columns = [column('a'), column('b')];
    for (let length = 65_400; length < 65_560; length++) {
      const rows = rowsOfObjects(
        [
          { a: 'x'.repeat(length), b: 'y' },
          { a: null, b: 'z' },
        ],
        columns,
      );
      const members = columns.map((each) => ({ name: each.name, value: each }));
      const text = jsonObjects(rows, members, 'number').toString();
      expect(text.endsWith('"b":"z"}]')).toBe(true);
    }
  });
});
