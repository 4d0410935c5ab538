/** Rows of telecom_churn.csv as clients and uploads have them, and seeded ways to change them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../lib/ml/random';

export interface Customer {
  readonly fields: Readonly<Record<string, number>>;
  /** 0 or 1. */
  readonly churn: number;
}

const [head = '', ...lines] = readFileSync(join(__dirname, '../../data/telecom_churn.csv'), 'utf8')
  .trimEnd()
  .split('\n');
const names = head.split(',');

export function customers(): Customer[] {
  return lines.map((line) => {
    const values = Object.fromEntries(line.split(',').map((cell, i) => [names[i] ?? '', Number(cell)]));
    const { churn = 0, ...fields } = values;
    return { fields, churn };
  });
}

/** So many rows drawn with replacement. */
export function sample(rows: readonly Customer[], count: number, seed: number): Customer[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => rows[random.below(rows.length)]!);
}

/** A share of the labels turned round. */
export function noisy(rows: readonly Customer[], share: number, seed: number): Customer[] {
  const random = new Random(seed);
  return rows.map((row) => (random.below(10_000) < share * 10_000 ? { ...row, churn: 1 - row.churn } : row));
}

export function asCsv(rows: readonly Customer[]): string {
  const line = ({ fields, churn }: Customer) =>
    names.map((name) => (name === 'churn' ? churn : fields[name])).join(',');
  return `${[head, ...rows.map(line)].join('\n')}\n`;
}
