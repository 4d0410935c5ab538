/** A dataset in figures that can be compared with those of other days. */
import type { DatasetProfile } from '../profile';

export type FigureKind = 'rows' | 'missing' | 'mean' | 'quantile' | 'mix';

export interface Figure {
  readonly kind: FigureKind;
  /** '' for the table. */
  readonly column: string;
  /** What is counted: 'rows', 'missing', 'mean', 'p5', or the category. */
  readonly what: string;
  readonly value: number;
}

/** Shares are from 0 to 1, others have no bounds. */
export function isShare(kind: FigureKind): boolean {
  return kind === 'missing' || kind === 'mix';
}

export function figuresOf(profile: DatasetProfile): Figure[] {
  const { rows } = profile;
  const share = (count: number) => (rows === 0 ? 0 : count / rows);
  return [
    { kind: 'rows', column: '', what: 'rows', value: rows },
    ...profile.columns.flatMap((column): Figure[] => {
      const { name, type, missing, numeric, top, distinct } = column;
      const gaps: Figure = { kind: 'missing', column: name, what: 'missing', value: share(missing) };
      if (numeric !== null) {
        const quantiles = Object.entries(numeric.quantiles);
        return [
          gaps,
          { kind: 'mean', column: name, what: 'mean', value: numeric.mean },
          ...quantiles.map(([what, value]): Figure => ({ kind: 'quantile', column: name, what, value })),
        ];
      }
      // Only when the profile has all of them. Days are new every day.
      const categories = distinct <= top.length && type !== 'date' && type !== 'timestamp' ? top : [];
      return [
        gaps,
        ...categories.map(({ value, count }): Figure => ({
          kind: 'mix',
          column: name,
          what: value,
          value: share(count),
        })),
      ];
    }),
  ];
}

export function figureKey({ kind, column, what }: Pick<Figure, 'kind' | 'column' | 'what'>): string {
  return JSON.stringify([kind, column, what]);
}
