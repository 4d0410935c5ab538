/** What every fit asks of its input, said in one way. */
import type { Matrix } from './matrix';

/** @throws RangeError when there are no rows, or not one target for each */
export function checkTarget(x: Pick<Matrix, 'rows'>, y: ArrayLike<number>): void {
  if (x.rows === 0) throw new RangeError('There are no rows to learn from.');
  if (y.length !== x.rows) throw new RangeError(`There are ${y.length} targets for ${x.rows} rows.`);
}

/** @throws RangeError for the first class number that is not between 0 and `classes` − 1 */
export function checkClasses(y: Int32Array, classes: number): void {
  for (let row = 0; row < y.length; row++)
    if (y[row]! < 0 || y[row]! >= classes)
      throw new RangeError(`Row ${row} has class ${y[row]}; there are classes 0 to ${classes - 1}.`);
}

/** @throws RangeError for the first target that is no finite number */
export function checkNumbers(y: Float64Array): void {
  for (let row = 0; row < y.length; row++)
    if (!Number.isFinite(y[row]!))
      throw new RangeError(`The target of row ${row} is ${y[row]}, which is no finite number.`);
}

/** For models that know no missing values. @throws RangeError for the first value that is no finite number */
export function checkComplete(x: Matrix): void {
  x.columns.forEach((column, f) => {
    // 0 times a number is 0, times anything else NaN: one look at the sum instead of one at each value.
    const nothing = 0;
    let sum = 0;
    for (let row = 0; row < x.rows; row++) sum += column[row]! * nothing;
    if (sum === 0) return;
    for (let row = 0; row < x.rows; row++)
      if (!Number.isFinite(column[row]!))
        throw new RangeError(
          `Feature '${x.names[f] ?? f}' is ${column[row]} in row ${row}; this model takes finite numbers only. Impute it before.`,
        );
  });
}

/** @throws RangeError when fewer trees or rounds are asked for than the model to start from has */
export function checkWarmStart(wanted: number, kept: number): void {
  if (wanted < kept)
    throw new RangeError(
      `nEstimators is ${wanted}, but the model to start from has ${kept} already: it counts those too. Ask for more.`,
    );
}
