import pc from 'picocolors';
import { renderTable } from '../../../lib/cli/render/table';

const plain = pc.createColors(false);
const row = {
  id: 'credit-risk',
  text: 'Scores credit applications; retrained every Monday, and more words than fit',
  n: '12',
};
const columns = [
  { title: 'ID', value: (r: typeof row) => r.id, fixed: true },
  { title: 'TEXT', value: (r: typeof row) => r.text },
  { title: 'N', value: (r: typeof row) => r.n, align: 'right' as const },
];

describe('renderTable', () => {
  it('aligns columns and leaves no trailing blanks', () => {
    expect(
      renderTable(
        columns,
        [
          { id: 'a', text: 'b', n: '5' },
          { id: 'long', text: 'x', n: '10' },
        ],
        80,
        plain,
      ),
    ).toBe(['ID    TEXT   N', 'a     b      5', 'long  x     10', ''].join('\n'));
  });

  it('cuts the widest column that may shrink, with an ellipsis, until the row fits', () => {
    const lines = renderTable(columns, [row], 40, plain).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBe(40);
    expect(lines[1]).toBe('credit-risk  Scores credit applicat…  12');
  });

  it('never cuts a fixed column', () => {
    expect(renderTable(columns, [row], 10, plain)).toContain('credit-risk');
  });

  it('puts a cell with line breaks on one line', () => {
    expect(renderTable(columns, [{ id: 'a', text: 'one\n two', n: '' }], 80, plain)).toContain('one two');
  });
});
