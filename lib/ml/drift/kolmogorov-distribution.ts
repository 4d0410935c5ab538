/** Distribution of Kolmogorov's statistic of one sample of `n` against its own distribution. */

/**
 * P(Dₙ >= d). Four terms of the expansion in 1/√n by W. Pelz and I. Good, "Approximating the lower tail-areas of the
 * Kolmogorov–Smirnov one-sample statistic", JRSS B 38, 1976; in the far tail twice the one-sided limit of U. Maag and
 * G. Dicaire, Biometrika 58, 1971. Within 1e-6 of the exact value for n >= 500.
 */
export function kolmogorovSurvival(d: number, n: number): number {
  const z = d * Math.sqrt(n);
  if (z < 0.2) return 1;
  if (z > 3) return Math.min(1, 2 * Math.exp(-((6 * n * d + 1) ** 2) / (18 * n)));
  return Math.min(1, Math.max(0, 1 - pelzGood(z, n)));
}

function pelzGood(z: number, n: number): number {
  const p2 = Math.PI ** 2;
  const terms = [0, 0, 0, 0];
  const last = Math.ceil((16 * z) / Math.PI) + 1;
  for (let k = 1; k <= last; k++) {
    const m2 = (2 * k - 1) ** 2;
    const power = Math.exp((-p2 * m2) / (8 * z ** 2));
    const y = (p2 / 4) * m2;
    terms[0]! += power;
    terms[1]! += power * (y - z ** 2);
    terms[2]! +=
      power * (6 * z ** 6 + 2 * z ** 4 + (2 * z ** 4 - 5 * z ** 2) * y + (1 - 2 * z ** 2) * y ** 2);
    terms[3]! +=
      power *
      (-30 * z ** 6 -
        90 * z ** 8 +
        (135 * z ** 4 - 96 * z ** 6) * y +
        (212 * z ** 4 - 60 * z ** 2) * y ** 2 +
        (5 - 30 * z ** 2) * y ** 3);
  }
  let second = 0;
  let third = 0;
  for (let k = 1; k <= last; k++) {
    const k2 = k * k;
    const power = Math.exp((-p2 * k2) / (2 * z ** 2));
    second += k2 * power;
    third += (3 * z ** 2 - p2 * k2) * k2 * power;
  }
  const root = Math.sqrt(2 * Math.PI);
  return (
    (root * terms[0]!) / z +
    (root * terms[1]!) / (6 * z ** 4) / Math.sqrt(n) +
    root * (terms[2]! / (72 * z ** 7) - (p2 * second) / (36 * z ** 3)) * (1 / n) +
    (root * (terms[3]! / (6480 * z ** 10) + (p2 * third) / (216 * z ** 6))) / n ** 1.5
  );
}
