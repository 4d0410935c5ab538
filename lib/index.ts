/** The public API: what a file in `pipelines/` and a task of one's own import. */
export { z } from 'zod';
export { alarmTopic, secret, slack, webhook } from './dsl/alerts';
export { approval, type ApprovalOptions, type Decision } from './dsl/approval';
export { awsCall, copyObject, listObjects, type AwsCallOptions, type CallOptions } from './dsl/aws-call';
export { container, type ContainerOptions } from './dsl/container';
export { callback } from './dsl/callback';
export { onLog, type OnLogOptions } from './dsl/on-log';
export { choose, type Case, type ChooseOptions } from './dsl/choose';
export { days, hours, minutes, seconds } from './dsl/durations';
export { httpRequest, type HttpRequestInput } from './dsl/http-request';
export { buildContainer, pushImage } from './dsl/images';
export { ingestFiles, ingestGcs, ingestHttp, ingestSql } from './dsl/ingest';
export { join } from './dsl/join';
export { cross, map, zip, type ListArg, type MapOptions } from './dsl/map';
export { pipeline, type PipelineDefinition, type PipelineProps } from './dsl/pipeline';
export { pool } from './dsl/pool';
export { text, type Condition, type InputArg, type Ref } from './dsl/ref';
export {
  aliasMoved,
  cron,
  daily,
  datasetUpdated,
  every,
  hourly,
  monthly,
  objectCreated,
  once,
  weekly,
  yearly,
} from './dsl/schedule';
export {
  objectExists,
  runSucceeded,
  sensor,
  targetReady,
  timeOfDay,
  type SensorOptions,
} from './dsl/sensors';
export type { RunsOn, RunsOnOption } from './dsl/runs-on';
export { shell, type ShellInput } from './dsl/shell';
export { athenaQuery, type AthenaQueryInput } from './dsl/athena-query';
export { auroraQuery, type AuroraQueryInput } from './dsl/aurora-query';
export { redshiftQuery, type RedshiftQueryInput } from './dsl/redshift-query';
export { shortCircuit } from './dsl/short-circuit';
export { task, type TaskHandle, type TaskOptions } from './dsl/task';
export {
  applyFeatures,
  buildTrainingSet,
  compareDatasets,
  buildImage,
  collectPredictions,
  countRuns,
  compareWithChampion,
  compareWithPrevious,
  deployModel,
  detectDrift,
  drawParameters,
  detectAnomalies,
  detectOutliers,
  evaluateForecast,
  evaluateModels,
  evaluateRegression,
  inferSuite,
  ingestCsv,
  ingestParquet,
  keepBest,
  logTraining,
  measureDecay,
  notify,
  predictBatch,
  prepareFeatures,
  profileDataset,
  promoteModel,
  publishDataset,
  publishPages,
  registerModel,
  rollbackEndpoint,
  selectBest,
  selectBestRegression,
  shiftTraffic,
  testEndpoint,
  trainDecisionTree,
  trainEnsemble,
  trainKMeans,
  trainEstimator,
  trainExtraTrees,
  trainGradientBoosting,
  trainGradientBoostingRegressor,
  trainLinearRegression,
  trainLogisticRegression,
  trainNaiveBayes,
  trainRandomForest,
  trainRandomForestRegressor,
  trainRidge,
  trainSklearn,
  transform,
  transformSql,
  tuneModel,
  validateDataset,
  verifyModel,
  writeModelCard,
  writeFeatures,
  fitFeatures,
  splitDataset,
} from './dsl/tasks';
export { triggerPipeline, type TriggerOptions } from './dsl/trigger';
export { wait, waitUntil } from './dsl/wait';
export type { Channel } from './model/alerts';
export type { Access } from './model/access';
export { DoNotRetry, NotReady, Skipped } from './model/errors';
export { alertInput, type AlertInput } from './tasks/alert-input';
export { connection, type Connection } from './tasks/connection';
export { contract, type Contract } from './tasks/contract';
export type { ExpectationSuiteInput } from './tasks/expectation';
export type { TransformStepInput } from './tasks/transform-step';
export { variable, type Variable } from './tasks/variable';
