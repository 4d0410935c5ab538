/**
 * Raw columns to features, step by step: each step takes columns by name or kind and adds its features after those of
 * the steps before. scikit-learn's ColumnTransformer.
 *
 * 1. What is learned comes from the fitted rows alone; the state is JSON and holds all of it.
 * 2. Rows that a model learns from come out of `fitTransformColumns`, where a target encoding leaves out the row's own
 *    fold; all other rows go through `transformColumns`.
 * 3. Features are float32 numbers, as a saved model takes them.
 */
import { InvalidDataset } from '../../data/invalid-dataset';
import { checkFinite } from '../check-finite';
import type { Matrix } from '../matrix';
import type { RawColumn } from '../raw-column';
import { applyBins, binNames, fitBins, type Binning, type BinState } from './bin-numbers';
import { DATE_PARTS, dateParts, type DatePart } from './date-parts';
import { applyTexts, fitTexts, textNames, type TextEncoding, type TextState } from './encode-texts';
import { fitNumberImpute, fitTextImpute, type NumberImpute, type TextImpute } from './impute';
import { applyPolynomial, polynomialNames, type Polynomial } from './polynomial';
import { applyScale, fitScale, type ScaleState, type Scaling } from './scale';
import { selectColumns, type ColumnSelector } from './select-columns';
import {
  applyTarget,
  encodeOutOfFold,
  fitTarget,
  type TargetEncoding,
  type TargetState,
} from './target-encoding';

interface NumberStep {
  /** Columns of numbers. @default all of them */
  readonly columns?: ColumnSelector;
  /** @default { strategy: 'mean' } */
  readonly impute?: NumberImpute;
}

export type ColumnStep =
  | (NumberStep & {
      readonly kind: 'numbers';
      /** @default { kind: 'standard' } */
      readonly scale?: Scaling;
      /** Adds a column that is 1 where the value was missing, for columns with gaps in the fitted rows. @default false */
      readonly indicator?: boolean;
    })
  | (NumberStep & Binning & { readonly kind: 'bins' })
  /** Products of the scaled columns. Its `scale` is standard by default. */
  | (NumberStep & Polynomial & { readonly kind: 'polynomial'; readonly scale?: Scaling })
  | {
      readonly kind: 'texts';
      /** @default all columns of texts */
      readonly columns?: ColumnSelector;
      /** @default { strategy: 'none' } */
      readonly impute?: TextImpute;
      /** @default { kind: 'one-hot' } */
      readonly encode?: TextEncoding | TargetEncoding;
    }
  | { readonly kind: 'dates'; readonly columns: ColumnSelector; readonly parts?: readonly DatePart[] };

interface NumberState {
  readonly name: string;
  /** `null` for none. */
  readonly fill: number | null;
  readonly scale: ScaleState;
  readonly indicator: boolean;
}

interface TextColumnState {
  readonly name: string;
  readonly fill: string | null;
  readonly encode: TextState | TargetState;
}

export type FittedStep =
  | { readonly kind: 'numbers'; readonly columns: readonly NumberState[] }
  | { readonly kind: 'bins'; readonly columns: readonly (NumberState & { readonly bins: BinState })[] }
  | { readonly kind: 'polynomial'; readonly columns: readonly NumberState[]; readonly options: Polynomial }
  | { readonly kind: 'texts'; readonly columns: readonly TextColumnState[] }
  | { readonly kind: 'dates'; readonly columns: readonly string[]; readonly parts: readonly DatePart[] };

export interface ColumnTransformerState {
  readonly version: 1;
  readonly steps: readonly FittedStep[];
}

/**
 * @param rows those to learn from @param y of those rows, one number each; only target encodings need it
 * @throws InvalidDataset for a missing column, one of the wrong kind, or too many categories
 * @throws RangeError for a target encoding without `y`
 */
export function fitColumns(
  columns: readonly RawColumn[],
  rows: readonly number[],
  steps: readonly ColumnStep[],
  y?: Float64Array,
): ColumnTransformerState {
  return { version: 1, steps: steps.map((step) => fitStep(columns, rows, step, y)) };
}

/** The features of the fitted rows themselves, target encodings out of fold. Parameters and errors as `fitColumns`. */
export function fitTransformColumns(
  columns: readonly RawColumn[],
  rows: readonly number[],
  steps: readonly ColumnStep[],
  y?: Float64Array,
): { readonly state: ColumnTransformerState; readonly x: Matrix } {
  const state = fitColumns(columns, rows, steps, y);
  const outOfFold = new Map<string, Float64Array>();
  state.steps.forEach((fitted, s) => {
    const step = steps[s];
    if (fitted.kind !== 'texts' || step?.kind !== 'texts' || step.encode?.kind !== 'target') return;
    for (const { name, fill } of fitted.columns)
      outOfFold.set(
        `${s}/${name}`,
        encodeOutOfFold(textsOf(columns, name, rows, fill), needed(y), step.encode),
      );
  });
  return { state, x: assemble(state, columns, rows, outOfFold) };
}

/** @throws InvalidDataset for a column that is missing or of the wrong kind */
export function transformColumns(
  state: ColumnTransformerState,
  columns: readonly RawColumn[],
  rows: readonly number[],
): Matrix {
  return assemble(state, columns, rows, new Map());
}

/** Names of the features, in their order. */
export function columnFeatureNames(state: ColumnTransformerState): string[] {
  return state.steps.flatMap((step) => {
    switch (step.kind) {
      case 'numbers':
        return step.columns.flatMap(({ name, indicator }) =>
          indicator ? [name, `${name}_missing`] : [name],
        );
      case 'bins':
        return step.columns.flatMap(({ name, bins }) => binNames(name, bins));
      case 'polynomial':
        return polynomialNames(
          step.columns.map(({ name }) => name),
          step.options,
        );
      case 'texts':
        return step.columns.flatMap(({ name, encode }) =>
          encode.kind === 'target' ? [`${name}_target`] : textNames(name, encode),
        );
      case 'dates':
        return step.columns.flatMap((name) => step.parts.map((part) => `${name}_${part}`));
    }
  });
}

function fitStep(
  columns: readonly RawColumn[],
  rows: readonly number[],
  step: ColumnStep,
  y: Float64Array | undefined,
): FittedStep {
  if (step.kind === 'dates')
    return {
      kind: 'dates',
      columns: selectColumns(columns, step.columns).map(({ name }) => name),
      parts: step.parts ?? DATE_PARTS,
    };
  if (step.kind === 'texts') {
    const encode = step.encode ?? { kind: 'one-hot' };
    return {
      kind: 'texts',
      columns: selectColumns(columns, step.columns ?? { kind: 'text' }).map(({ name }) => {
        const fill = fitTextImpute(textsOf(columns, name, rows, null), step.impute ?? { strategy: 'none' });
        const values = textsOf(columns, name, rows, fill);
        return {
          name,
          fill,
          encode:
            encode.kind === 'target' ? fitTarget(values, needed(y), encode) : fitTexts(name, values, encode),
        };
      }),
    };
  }
  const scaling: Scaling = step.kind === 'bins' ? { kind: 'none' } : (step.scale ?? { kind: 'standard' });
  const fitted = selectColumns(columns, step.columns ?? { kind: 'number' }).map((column) => {
    checkFinite(column, rows);
    const { name } = column;
    const found = numbersOf(columns, name, rows, null);
    const fill = fitNumberImpute([...found], step.impute ?? { strategy: 'mean' });
    const values = numbersOf(columns, name, rows, Number.isNaN(fill) ? null : fill);
    return {
      values,
      state: {
        name,
        fill: Number.isNaN(fill) ? null : fill,
        scale: fitScale(values, scaling),
        indicator: step.kind === 'numbers' && step.indicator === true && found.some(Number.isNaN),
      },
    };
  });
  const states = fitted.map(({ state }) => state);
  switch (step.kind) {
    case 'numbers':
      return { kind: 'numbers', columns: states };
    case 'bins':
      return {
        kind: 'bins',
        columns: fitted.map(({ state, values }) => ({ ...state, bins: fitBins(values, step) })),
      };
    case 'polynomial': {
      const { degree = 2, interactionOnly = false } = step;
      return { kind: 'polynomial', columns: states, options: { degree, interactionOnly } };
    }
  }
}

function assemble(
  state: ColumnTransformerState,
  columns: readonly RawColumn[],
  rows: readonly number[],
  outOfFold: ReadonlyMap<string, Float64Array>,
): Matrix {
  // Rounded as the file of a model takes them: its features are these to the last bit.
  const scaled = ({ name, fill, scale }: NumberState) =>
    applyScale(scale, numbersOf(columns, name, rows, fill).map(Math.fround));
  const features = state.steps.flatMap((step, s): Float64Array[] => {
    switch (step.kind) {
      case 'numbers':
        return step.columns.flatMap((column) =>
          column.indicator
            ? [
                scaled(column),
                numbersOf(columns, column.name, rows, null).map((value) => Number(Number.isNaN(value))),
              ]
            : [scaled(column)],
        );
      case 'bins':
        return step.columns.flatMap((column) => applyBins(column.bins, scaled(column)));
      case 'polynomial':
        return applyPolynomial(step.columns.map(scaled), step.options);
      case 'texts':
        return step.columns.flatMap(({ name, fill, encode }) => {
          const values = textsOf(columns, name, rows, fill);
          return encode.kind === 'target'
            ? [outOfFold.get(`${s}/${name}`) ?? applyTarget(encode, values)]
            : applyTexts(name, encode, values);
        });
      case 'dates':
        return step.columns.flatMap((name) => dateParts(textsOf(columns, name, rows, null), step.parts));
    }
  });
  return {
    rows: rows.length,
    names: columnFeatureNames(state),
    columns: features.map((feature) => feature.map(Math.fround)),
  };
}

function numbersOf(
  columns: readonly RawColumn[],
  name: string,
  rows: readonly number[],
  fill: number | null,
): Float64Array {
  const column = columns.find((candidate) => candidate.name === name);
  if (column?.kind !== 'number') throw wrong(name, 'number', column);
  return Float64Array.from(rows, (row) => {
    const value = column.values[row] ?? Number.NaN;
    return Number.isNaN(value) && fill !== null ? fill : value;
  });
}

function textsOf(
  columns: readonly RawColumn[],
  name: string,
  rows: readonly number[],
  fill: string | null,
): (string | null)[] {
  const column = columns.find((candidate) => candidate.name === name);
  if (column?.kind !== 'text') throw wrong(name, 'text', column);
  return rows.map((row) => column.values[row] ?? fill);
}

function wrong(name: string, kind: string, column: RawColumn | undefined): InvalidDataset {
  return new InvalidDataset(
    column === undefined
      ? `The dataset has no column '${name}', which the features need.`
      : `Column '${name}' holds ${column.kind}s; this step takes ${kind}s.`,
  );
}

function needed(y: Float64Array | undefined): Float64Array {
  if (y === undefined) throw new RangeError('A target encoding needs the target of the fitted rows.');
  return y;
}
