import { kFold, stratifiedKFold } from '../../lib/ml/cross-validation';
import type { Matrix } from '../../lib/ml/matrix';
import { parameterDraws, parameterGrid } from '../../lib/ml/model-selection/candidates';
import { halvingSearch } from '../../lib/ml/model-selection/halving';
import {
  classProblem,
  fixedFeatures,
  numberProblem,
  type Problem,
} from '../../lib/ml/model-selection/problem';
import { CLASS_SCORERS, NUMBER_SCORERS } from '../../lib/ml/model-selection/scorers';
import { searchParameters, type SearchResult } from '../../lib/ml/model-selection/search';
import { DoNotRetry } from '../../lib/model/errors';
import type { TaskContext } from '../../lib/runtime/task-context';
import { taskHandler } from '../../lib/runtime/task-handler';
import type { InputOf } from '../../lib/tasks/contract';
import type { EstimatorParams } from '../../lib/tasks/estimator';
import { classScoring, numberScoring, type ParamSpace } from '../../lib/tasks/tuning';
import { tuneModel } from '../../lib/tasks/tune-model';
import type { Split } from '../../lib/ml/split';
import { classifierFor, regressorFor } from '../fit-estimator';
import { trainModel, trainRegressor, type FitNotes } from '../train-model';

/** Trials that are logged at a time. */
const TRIALS_AT_ONCE = 8;

export const handler = taskHandler(tuneModel, async (input, context) => {
  const { train, algorithm } = input;
  const candidates = candidatesOf(input);
  const scoring = scoringOf(input);
  // Wrong params are refused before anything is fitted.
  for (const params of candidates)
    if (train.classes.length > 0) classifierFor(algorithm, params, train);
    else regressorFor(algorithm, params, train);
  const notes: FitNotes = {};
  let found: SearchResult<EstimatorParams> | undefined;
  const keep = (result: SearchResult<EstimatorParams>): EstimatorParams => {
    found = result;
    notes.params = result.best.params;
    notes.metrics = { [`cv_${scoring}`]: result.best.mean, [`cv_${scoring}_std`]: result.best.std };
    return result.best.params;
  };
  const { space: _space, fixed: _fixed, algorithm: _algorithm, ...logged } = input;
  const trained =
    train.classes.length > 0
      ? await trainModel(
          context,
          logged,
          (x, y, classes, { sampleWeight }) => {
            const fit = (params: EstimatorParams) => classifierFor(algorithm, params, train);
            const problem = classProblem<EstimatorParams>(
              fixedFeatures(x),
              y,
              (part, labels, params, weights) => fit(params)(part, labels, classes, weights),
              CLASS_SCORERS[classScoring.parse(scoring)],
              { sampleWeight },
            );
            const splits = stratifiedSplits(y, input);
            return fit(keep(searched(input, problem, candidates, splits)))(x, y, classes, { sampleWeight });
          },
          notes,
        )
      : await trainRegressor(
          context,
          logged,
          (x: Matrix, y, rowWeights) => {
            const fit = (params: EstimatorParams) => regressorFor(algorithm, params, train);
            const problem = numberProblem<EstimatorParams>(
              fixedFeatures(x),
              y,
              (part, numbers, params, weights) => fit(params)(part, numbers, weights),
              NUMBER_SCORERS[numberScoring.parse(scoring)],
              rowWeights,
            );
            const splits = (rows: readonly number[]) =>
              ofRows(rows, kFold(rows.length, { nSplits: input.folds, seed: input.seed }));
            return fit(keep(searched(input, problem, candidates, splits)))(x, y, rowWeights);
          },
          notes,
        );
  const { best, tried } = found!;
  await logTrials(context, trained.model.runId, scoring, tried);
  const shown = tried.map(({ params, mean, std, rank }) => ({
    params,
    mean: Number.isNaN(mean) ? null : mean,
    std: Number.isNaN(std) ? null : std,
    rank,
  }));
  const json = await context.objects.putBytes(
    `reports/${context.run.pipeline}/${context.run.id}/${context.task}.json`,
    JSON.stringify(
      { algorithm, search: input.search, scoring, folds: input.folds, best: best.params, tried: shown },
      null,
      2,
    ),
    { contentType: 'application/json' },
  );
  return {
    model: trained.model,
    params: best.params,
    score: best.mean,
    scoring,
    tried: shown,
    rows: trained.rows,
    fitSeconds: trained.fitSeconds,
    trainScore: 'trainAuc' in trained ? trained.trainAuc : trained.trainR2,
    json,
  };
});

/** Each set of params as a run of its own below that of the search, so that they can be searched and compared. */
async function logTrials(
  context: TaskContext,
  under: string,
  scoring: string,
  tried: SearchResult<EstimatorParams>['tried'],
): Promise<void> {
  const tracking = await context.tracking();
  for (let i = 0; i < tried.length; i += TRIALS_AT_ONCE)
    await Promise.all(
      tried.slice(i, i + TRIALS_AT_ONCE).map(async ({ params, mean, std, rank }, place) => {
        const run = await tracking.startRun({
          name: `trial-${i + place + 1}`,
          under,
          tags: { 'millrace.rank': String(rank) },
        });
        await run.logParams({ ...params });
        await run.logMetrics({ [`cv_${scoring}`]: mean, [`cv_${scoring}_std`]: std });
        await run.end();
      }),
    );
}

type Input = InputOf<typeof tuneModel>;
type Splits = (rows: readonly number[]) => readonly Split[];

/** @throws DoNotRetry for a grid with ranges, or a range without numbers */
function candidatesOf({ search, space, fixed, candidates, seed }: Input): EstimatorParams[] {
  const whole = (params: object) => ({ ...fixed, ...params }) as EstimatorParams;
  if (search === 'grid') return parameterGrid(listsOf(space)).map(whole);
  try {
    return parameterDraws(space, candidates, seed).map(whole);
  } catch (cause) {
    if (cause instanceof RangeError) throw new DoNotRetry(cause.message, { cause });
    throw cause;
  }
}

function listsOf(space: ParamSpace): Readonly<Record<string, readonly unknown[]>> {
  return Object.fromEntries(
    Object.entries(space).map(([name, source]) => {
      if (Array.isArray(source)) return [name, source];
      throw new DoNotRetry(
        `A grid takes lists of values, and '${name}' is a range. List them, or search at random.`,
      );
    }),
  );
}

/** @throws DoNotRetry for a score of the other kind of model */
function scoringOf({ scoring, train }: Input) {
  const known = train.classes.length > 0 ? classScoring : numberScoring;
  const wanted = scoring ?? (train.classes.length > 0 ? 'roc-auc' : 'r2');
  if (known.safeParse(wanted).success) return wanted;
  throw new DoNotRetry(
    `'${wanted}' does not score '${train.target}'; take one of ${known.options.join(', ')}.`,
  );
}

function searched<O>(
  { search, factor, seed }: Input,
  problem: Problem<EstimatorParams, O>,
  candidates: readonly EstimatorParams[],
  splits: Splits,
): SearchResult<EstimatorParams> {
  const all = Array.from({ length: problem.rows }, (_, row) => row);
  if (search !== 'halving') return searchParameters(problem, candidates, splits(all));
  return halvingSearch(problem, candidates, splits, { factor, seed, minRows: 100 });
}

/** Splits of these rows, each class in all parts. */
function stratifiedSplits(y: Int32Array, { folds, seed }: Input): Splits {
  return (rows) =>
    ofRows(
      rows,
      stratifiedKFold(
        rows.map((row) => y[row]!),
        { nSplits: folds, seed },
      ),
    );
}

/** From places in the list to the rows themselves. */
function ofRows(rows: readonly number[], splits: readonly Split[]): Split[] {
  const of = (places: readonly number[]) => places.map((place) => rows[place]!);
  return splits.map(({ train, test }) => ({ train: of(train), test: of(test) }));
}
