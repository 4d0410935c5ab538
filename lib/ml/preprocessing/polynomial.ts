/** Products of columns up to a degree, in scikit-learn's order (PolynomialFeatures without the constant). */
export interface Polynomial {
  /** @default 2 */
  readonly degree?: number;
  /** Only products of different columns. @default false */
  readonly interactionOnly?: boolean;
}

/** Column numbers of each product, shorter ones first, in lexical order. */
export function polynomialTerms(columns: number, options: Polynomial = {}): number[][] {
  const { degree = 2, interactionOnly = false } = options;
  const terms: number[][] = [];
  let previous: number[][] = [[]];
  for (let d = 1; d <= degree; d++) {
    previous = previous.flatMap((term) => {
      const last = term.at(-1);
      const from = last === undefined ? 0 : interactionOnly ? last + 1 : last;
      return Array.from({ length: Math.max(0, columns - from) }, (_, i) => [...term, from + i]);
    });
    terms.push(...previous);
  }
  return terms;
}

export function applyPolynomial(columns: readonly Float64Array[], options: Polynomial = {}): Float64Array[] {
  return polynomialTerms(columns.length, options).map((term) =>
    term
      .slice(1)
      .reduce(
        (product, f) => product.map((value, row) => value * columns[f]![row]!),
        columns[term[0]!]!.slice(),
      ),
  );
}

/** `a`, `a b`, `a^2`. */
export function polynomialNames(names: readonly string[], options: Polynomial = {}): string[] {
  return polynomialTerms(names.length, options).map((term) =>
    [...new Set(term)]
      .map((f) => {
        const power = term.filter((other) => other === f).length;
        return power === 1 ? names[f]! : `${names[f]!}^${power}`;
      })
      .join(' '),
  );
}
