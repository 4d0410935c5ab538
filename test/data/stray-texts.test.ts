import { StrayTexts } from '../../lib/data/stray-texts';
import type { ColumnType } from '../../lib/tasks/dataset';

function check(cells: readonly string[], types: Record<string, ColumnType> = {}): void {
  const strays = new StrayTexts(['', 'NA'], types);
  cells.forEach((cell, i) => strays.see(['id', 'amount'], [`r${i}`, cell], i + 2));
  strays.check('s3://b/x.csv');
}

const amounts = (n: number) => Array.from({ length: n }, (_, i) => `${i}.5`);

describe('StrayTexts', () => {
  it('names line, column and cell of the one text among numbers', () => {
    expect(() => check([...amounts(30), '12o0', ...amounts(9)])).toThrow(
      "s3://b/x.csv, line 32, column 'amount': '12o0' is no number, but 39 other cells of the column are (1 cell like it).",
    );
  });

  it('leaves columns alone that are texts, small, missing values or half of each', () => {
    expect(() => check(Array.from({ length: 50 }, (_, i) => `A${i}`))).not.toThrow();
    expect(() => check(['1', '2', 'x'])).not.toThrow();
    expect(() => check([...amounts(50), 'NA', '', 'NA'])).not.toThrow();
    expect(() => check([...amounts(98), 'V57', 'E11'])).not.toThrow();
    expect(() => check([...amounts(50), '-1', '1e-3', '.5', ' 7 ', '+2.'])).not.toThrow();
  });

  it('takes a declaration at its word', () => {
    expect(() => check([...amounts(50), '12o0'], { amount: 'string' })).not.toThrow();
    expect(() => check(['1', 'x', 'y'], { amount: 'number' })).toThrow(
      "line 3, column 'amount': 'x' is no number, as which the column is declared (2 cells in all)",
    );
    expect(() => check(['1', '1.5'], { amount: 'integer' })).toThrow("line 3, column 'amount': '1.5'");
  });
});
