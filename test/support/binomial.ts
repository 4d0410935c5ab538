/** The exact interval in which a binomial count lies with a probability. */

/** Smallest and largest count k of n with P(X < k) and P(X > k) at most half of what is left of the confidence. */
export function binomialInterval(
  n: number,
  p: number,
  confidence: number,
): { readonly low: number; readonly high: number } {
  const tail = (1 - confidence) / 2;
  // By logarithms, as 0.9 to the power of 10,000 is 0 for a machine.
  let logged = n * Math.log1p(-p);
  let below = 0;
  let low: number | undefined;
  for (let k = 0; k <= n; k++) {
    below += Math.exp(logged);
    if (low === undefined && below > tail) low = k;
    if (below >= 1 - tail) return { low: low ?? k, high: k };
    logged += Math.log(n - k) - Math.log(k + 1) + Math.log(p) - Math.log1p(-p);
  }
  return { low: low ?? n, high: n };
}
