/** What the compiled module gives out. */
export { dispatch, serve, stop } from './jobs';
export { describeChildren, describeGrowth } from './histograms';
export { addToRows, partRows, restartRows } from './leaf-rows';
export { countPack } from './packs';
export { forestScratchBytes } from './forest';
export { describeForest, describeTrees } from './forest-description';
export { describeLoss, logisticResiduals } from './gradients';
export { binBytes, rangeOfBins, roundFloats, sortFloats } from './bin-columns';
export { assignRows, nearerDistances, reassignRows, sumClusters } from './k-means';
export { addClassSquares, addClassSums } from './class-moments';
export { addGram } from './gram';
export { addToTriangle } from './triangle';
export { logisticGradient } from './logistic';
export { addTrees } from './predict';
