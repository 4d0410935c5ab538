/**
 * XGBoost loads our boosted trees and predicts as we do: `npm run peer:xgboost`. Needs a Python with xgboost: `python3`, or
 * the one that PYTHON names.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fitGradientBoosting,
  fitGradientBoostingRegressor,
  predictBoosting,
  predictBoostingRegressor,
} from '../../lib/ml/gradient-boosting';
import type { Matrix } from '../../lib/ml/matrix';
import { Random } from '../../lib/ml/random';
import { exportXgboost } from '../../lib/ml/xgboost/export';

const PYTHON = process.env['PYTHON'] ?? 'python3';
const SCRIPT = `
import json, sys
import numpy as np, xgboost
for case in json.load(sys.stdin):
    booster = xgboost.Booster(model_file=case["model"])
    x = np.array([[np.nan if v is None else v for v in row] for row in case["x"]], dtype=np.float32)
    got = booster.predict(xgboost.DMatrix(x, feature_names=case["names"])).reshape(len(x), -1)
    gap = float(np.abs(got - np.array(case["expected"])).max())
    print(f'{case["name"]}: {len(x)} rows, greatest difference {gap:.2g}')
    assert gap < case["tolerance"], case["name"]
print("xgboost", xgboost.__version__)
`;

const random = new Random(1);
const names = ['a', 'b', 'c'];
const x: Matrix = {
  rows: 2000,
  names,
  columns: names.map(() =>
    Float64Array.from({ length: 2000 }, () =>
      random.uniform() < 0.05 ? Number.NaN : Math.fround(random.uniform()),
    ),
  ),
};
const value = (row: number) =>
  (x.columns[0]![row]! || 0) + (x.columns[1]![row]! || 0.5) * (x.columns[2]![row]! || 0.2);
const classes = (k: number) =>
  Int32Array.from({ length: 2000 }, (_, row) => Math.min(k - 1, Math.floor(value(row) * k * 0.7)));
const amounts = Float64Array.from({ length: 2000 }, (_, row) => 10 * value(row));
const two = fitGradientBoosting(x, classes(2), 2);
const three = fitGradientBoosting(x, classes(3), 3, { nEstimators: 30 });
const squares = fitGradientBoostingRegressor(x, amounts);
const counts = fitGradientBoostingRegressor(x, amounts, { loss: 'poisson' });
const cases = [
  { name: 'two classes', model: two, outputs: predictBoosting(two, x).slice(1), tolerance: 1e-5 },
  { name: 'three classes', model: three, outputs: predictBoosting(three, x), tolerance: 1e-5 },
  { name: 'numbers', model: squares, outputs: [predictBoostingRegressor(squares, x)], tolerance: 1e-4 },
  { name: 'counts', model: counts, outputs: [predictBoostingRegressor(counts, x)], tolerance: 1e-4 },
];

const scratch = mkdtempSync(join(tmpdir(), 'millrace-xgboost-'));
try {
  const input = cases.map(({ name, model, outputs, tolerance }) => {
    const file = join(scratch, `${name}.json`);
    writeFileSync(file, exportXgboost(model, names));
    const rows = Array.from({ length: x.rows }, (_, row) => row);
    return {
      name,
      model: file,
      names,
      tolerance,
      x: rows.map((row) => x.columns.map((column) => (Number.isNaN(column[row]!) ? null : column[row]!))),
      expected: rows.map((row) => outputs.map((column) => column[row]!)),
    };
  });
  const run = spawnSync(PYTHON, ['-c', SCRIPT], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  console.log(run.stdout ?? '');
  if (run.error !== undefined || run.status !== 0) {
    console.error(
      run.error === undefined ? run.stderr : `There is no '${PYTHON}'. Set PYTHON to one with xgboost.`,
    );
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
