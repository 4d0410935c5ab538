/** How many features a node looks at: a rule, a share below 1, or a number; always between 1 and all. */
export type MaxFeatures = 'sqrt' | 'log2' | 'all' | number;

export function featuresTried(maxFeatures: MaxFeatures, features: number): number {
  const wanted = {
    sqrt: Math.sqrt(features),
    log2: Math.log2(features),
    all: features,
  };
  const number =
    typeof maxFeatures === 'string'
      ? wanted[maxFeatures]
      : maxFeatures < 1
        ? maxFeatures * features
        : maxFeatures;
  return Math.min(features, Math.max(1, Math.floor(number)));
}
