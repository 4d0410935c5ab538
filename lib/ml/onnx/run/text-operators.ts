/** Operators that join, split and test texts. A missing text is an empty one. */
import { murmur3 } from '../../preprocessing/murmur3';
import { number, text, textsIn, unsupported, type Operator } from './operator';
import { numbersValue, textsValue, type Texts } from './value';

const concat: Operator = (node) => (inputs) => {
  const [a, b] = [textsIn(node, inputs, 0), textsIn(node, inputs, 1)];
  const at = (column: Texts, row: number) => column[column.length === 1 ? 0 : row] ?? '';
  return [
    textsValue(
      Array.from({ length: Math.max(a.columns.length, b.columns.length) }, (_, f) => {
        const left = a.columns[a.columns.length === 1 ? 0 : f]!;
        const right = b.columns[b.columns.length === 1 ? 0 : f]!;
        const rows = left.length === 1 ? right.length : right.length === 1 ? left.length : left.length;
        return Array.from({ length: rows }, (_row, row) => `${at(left, row)}${at(right, row)}`);
      }),
      a.constant && b.constant,
    ),
  ];
};

/** As many columns as there can be pieces. */
const split: Operator = (node) => {
  const mark = text(node, 'delimiter', '');
  const most = number(node, 'maxsplit', -1);
  if (most < 0) throw unsupported(node, 'no limit of pieces');
  const piecesOf = (whole: string) => {
    const all = mark === '' ? whole.trim().split(/\s+/) : whole.split(mark);
    return all.length <= most + 1 ? all : [...all.slice(0, most), all.slice(most).join(mark || ' ')];
  };
  return (inputs) => {
    const [column] = textsIn(node, inputs, 0).columns;
    const pieces = column!.map((whole) => piecesOf(whole ?? ''));
    return [
      textsValue(Array.from({ length: most + 1 }, (_, i) => pieces.map((list) => list[i] ?? ''))),
      numbersValue([Float64Array.from(pieces, (list) => list.length)]),
    ];
  };
};

/** RE2's patterns, as far as they mean the same in JavaScript. */
const fullMatch: Operator = (node) => {
  let pattern: RegExp;
  try {
    pattern = new RegExp(`^(?:${text(node, 'pattern', '')})$`);
  } catch {
    throw unsupported(node, 'a pattern that JavaScript does not know');
  }
  return (inputs) => [
    numbersValue(
      textsIn(node, inputs, 0).columns.map((column) =>
        Float64Array.from(column, (cell) => Number(pattern.test(cell ?? ''))),
      ),
    ),
  ];
};

export const murmurHash: Operator = (node) => {
  const seed = number(node, 'seed', 0);
  const positive = number(node, 'positive', 1) === 1;
  return (inputs) => [
    numbersValue(
      textsIn(node, inputs, 0).columns.map((column) =>
        Float64Array.from(column, (cell) => {
          const hash = murmur3(cell ?? '', seed);
          return positive ? hash >>> 0 : hash;
        }),
      ),
    ),
  ];
};

export const TEXT_OPERATORS: Readonly<Record<string, Operator>> = {
  StringConcat: concat,
  StringSplit: split,
  RegexFullMatch: fullMatch,
};
