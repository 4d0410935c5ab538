/**
 * Scores to probabilities by a sigmoid: J. Platt, "Probabilistic outputs for support vector machines", 1999, with his
 * softened targets, by the Newton steps of H. Lin, C. Lin and R. Weng, Machine Learning 68, 2007.
 */
export interface SigmoidCalibrator {
  readonly kind: 'sigmoid';
  /** p = 1 / (1 + e^(a · score + b)). */
  readonly a: number;
  readonly b: number;
}

/** @param positives 1 for positive, 0 otherwise @param weights one per score. @default 1 each */
export function fitSigmoid(
  scores: ArrayLike<number>,
  positives: ArrayLike<number>,
  weights?: ArrayLike<number>,
): SigmoidCalibrator {
  const rows = scores.length;
  const weight = (row: number) => weights?.[row] ?? 1;
  let count = 0;
  let all = 0;
  for (let row = 0; row < rows; row++) {
    count += positives[row]! * weight(row);
    all += weight(row);
  }
  const high = (count + 1) / (count + 2);
  const low = 1 / (all - count + 2);
  const target = (row: number) => (positives[row] === 1 ? high : low);
  let a = 0;
  let b = Math.log((all - count + 1) / (count + 1));
  const loss = (slope: number, shift: number): number => {
    let sum = 0;
    for (let row = 0; row < rows; row++) {
      const z = slope * scores[row]! + shift;
      sum += weight(row) * (target(row) * z + Math.log1p(Math.exp(-Math.abs(z))) + Math.max(0, -z));
    }
    return sum;
  };
  let current = loss(a, b);
  for (let iteration = 0; iteration < 100; iteration++) {
    // A little on the diagonal keeps the system solvable.
    let aa = 1e-12;
    let bb = 1e-12;
    let ab = 0;
    let ga = 0;
    let gb = 0;
    for (let row = 0; row < rows; row++) {
      const score = scores[row]!;
      const p = 1 / (1 + Math.exp(a * score + b));
      const curvature = weight(row) * p * (1 - p);
      const gap = weight(row) * (target(row) - p);
      aa += score * score * curvature;
      bb += curvature;
      ab += score * curvature;
      ga += score * gap;
      gb += gap;
    }
    if (Math.abs(ga) < 1e-9 && Math.abs(gb) < 1e-9) break;
    const determinant = aa * bb - ab * ab;
    const stepA = -(bb * ga - ab * gb) / determinant;
    const stepB = -(aa * gb - ab * ga) / determinant;
    const slope = ga * stepA + gb * stepB;
    let length = 1;
    while (length > 1e-10 && loss(a + length * stepA, b + length * stepB) > current + 1e-4 * length * slope)
      length /= 2;
    if (length <= 1e-10) break;
    a += length * stepA;
    b += length * stepB;
    current = loss(a, b);
  }
  return { kind: 'sigmoid', a, b };
}

export function applySigmoid({ a, b }: SigmoidCalibrator, scores: Float64Array): Float64Array {
  return scores.map((score) => 1 / (1 + Math.exp(a * score + b)));
}
