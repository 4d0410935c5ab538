/** Minimum of a function of a few numbers without derivatives: J. Nelder and R. Mead, The Computer Journal 7, 1965. */

/**
 * @param cost infinity where it is not defined
 * @returns the best point found after at most `maxEvaluations`, or when the simplex has shrunk to nothing
 */
export function nelderMead(
  cost: (point: readonly number[]) => number,
  start: readonly number[],
  { step = 0.1, tolerance = 1e-10, maxEvaluations = 200 * start.length } = {},
): { readonly point: number[]; readonly cost: number } {
  const spent = { evaluations: 0 };
  const valued = (point: number[]) => {
    spent.evaluations++;
    const value = cost(point);
    return { point, cost: Number.isNaN(value) ? Infinity : value };
  };
  const simplex = [
    valued([...start]),
    ...start.map((_, i) => valued(start.map((value, j) => (i === j ? value + step : value)))),
  ];
  const sort = () => simplex.sort((a, b) => a.cost - b.cost);
  sort();
  while (spent.evaluations < maxEvaluations) {
    const best = simplex[0]!;
    const worst = simplex.at(-1)!;
    if (worst.cost - best.cost <= tolerance * (Math.abs(best.cost) + tolerance)) break;
    const centre = start.map(
      (_, j) => simplex.slice(0, -1).reduce((sum, { point }) => sum + point[j]!, 0) / start.length,
    );
    const along = (factor: number) =>
      valued(centre.map((value, j) => value + factor * (worst.point[j]! - value)));
    const reflected = along(-1);
    if (reflected.cost < best.cost) {
      const expanded = along(-2);
      simplex[start.length] = expanded.cost < reflected.cost ? expanded : reflected;
    } else if (reflected.cost < simplex[start.length - 1]!.cost) simplex[start.length] = reflected;
    else {
      const contracted = along(reflected.cost < worst.cost ? -0.5 : 0.5);
      if (contracted.cost < Math.min(worst.cost, reflected.cost)) simplex[start.length] = contracted;
      else
        for (let i = 1; i < simplex.length; i++)
          simplex[i] = valued(best.point.map((value, j) => (value + simplex[i]!.point[j]!) / 2));
    }
    sort();
  }
  return simplex[0]!;
}
