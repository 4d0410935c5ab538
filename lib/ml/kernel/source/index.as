/** What the compiled module gives out. */
export { dispatch, serve, stop } from './jobs';
export { addToRows, describeChildren, describeGrowth, partition, sumRows } from './histograms';
export { countPack } from './packs';
export { forestScratchBytes } from './forest';
export { describeForest, describeTrees } from './forest-description';
export { describeLogistic, logisticResiduals } from './gradients';
export { binBytes, rangeOfBins, sortFloats } from './bin-columns';
export { assignRows, nearerDistances, reassignRows, sumClusters } from './k-means';
export { addGram } from './gram';
export { logisticGradient } from './logistic';
export { addTrees } from './predict';
