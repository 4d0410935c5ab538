import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { readParquet } from '../../lib/data/read-parquet';
import { bootstrapDifference, bootstrapInterval, type IndependentRows } from '../../lib/ml/bootstrap';
import { numbersOf, rawColumns, targetOf } from '../../lib/ml/feature-data';
import { takeValues } from '../../lib/ml/matrix';
import { classificationMetricOf } from '../../lib/ml/metrics';
import type { RawColumn } from '../../lib/ml/raw-column';
import { regressionMetricsOf } from '../../lib/ml/regression-metrics';
import { sliceMetrics } from '../../lib/ml/slice-metrics';
import { DoNotRetry } from '../../lib/model/errors';
import type { TaskContext } from '../../lib/runtime/task-context';
import { taskHandler } from '../../lib/runtime/task-handler';
import type { InputOf } from '../../lib/tasks/contract';
import type { DatasetRef } from '../../lib/tasks/dataset';
import { measureDecay } from '../../lib/tasks/measure-decay';
import { scoresOf } from '../score-model';
import { classificationMetric, gainOf, regressionMetric, type MetricName } from '../../lib/tasks/metric';

/** Fewer samples are enough where each costs more. */
const RESAMPLED_ROWS = 1e6;

export const handler = taskHandler(measureDecay, async (input, context) => {
  const metric = metricOf(input);
  const current = await score(context, input, input.current, metric);
  checkClasses(input, current, metric);
  const sliced = slicedColumns(input, current.columns);
  const value = current.statistic(allRows(current.rows));
  const reference =
    'value' in input.baseline
      ? input.baseline.value
      : await score(context, input, input.baseline.dataset, metric);
  const baseline = typeof reference === 'number' ? reference : reference.statistic(allRows(reference.rows));
  if (!Number.isFinite(value) || !Number.isFinite(baseline))
    throw new InvalidDataset(
      `The metric '${metric}' of '${input.current.name}' is ${value}, the baseline ${baseline}: both must be numbers. One class only has no AUC; take another metric or more rows.`,
    );
  const drawing = { confidence: input.confidence, seed: input.seed };
  const { low, high } = bootstrapInterval(current.rows, current.statistic, {
    ...drawing,
    resamples: resamplesOf(current.rows),
    strata: current.strata,
  });
  const drop = -gainOf(metric, value, baseline);
  const allowed = allowedDrop(input, baseline);
  const decayed = drop > allowed && (!input.significant || leastDrop() > 0);
  const reason = [
    `${metric} is ${shown(value)} (${shown(low)} to ${shown(high)}) on ${current.rows} rows of '${input.current.name}'`,
    `the baseline is ${shown(baseline)}`,
    drop > 0 ? `worse by ${shown(drop)}, where ${shown(allowed)} is allowed` : 'no worse',
    ...(drop > allowed && !decayed ? ['it may be chance'] : []),
  ].join('; ');
  const slices = sliceMetrics(sliced, (rows) => current.statistic(Int32Array.from(rows)));
  const summary = { decayed, reason, metric, current: value, low, high, baseline, drop, rows: current.rows };
  context.emitMetric('Score', value, 'None');
  const prefix = `reports/${context.run.pipeline}/${context.run.id}/${context.task}`;
  const json = await context.objects.putBytes(
    `${prefix}.json`,
    JSON.stringify({ ...summary, slices, model: input.model, dataset: input.current.uri }, null, 2),
    { contentType: 'application/json' },
  );
  const { renderDecay } = await import('../../lib/reports/decay-page');
  const report = await context.objects.putBytes(
    `${prefix}.html`,
    renderDecay({
      ...summary,
      title: `${input.model.name} on ${input.current.name}`,
      subtitle: `${input.model.uri} on ${input.current.uri}`,
      slices,
    }),
    { contentType: 'text/html; charset=utf-8' },
  );
  const run = await (await context.tracking()).startRun({ name: context.task });
  await run.logParams({ model: input.model.uri, metric, allowedDrop: allowed });
  await run.logMetrics({
    [`current_${metric}`]: value,
    [`baseline_${metric}`]: baseline,
    drop,
    decayed: Number(decayed),
  });
  await run.logInput(input.current, 'current');
  await run.end('FINISHED');
  if (input.watches !== undefined)
    await (await context.tracking()).registry.reportDrift(input.watches, { drifted: decayed, reason });
  context.log.info('Measured', { decayed, reason });
  return { ...summary, report, json, runId: run.runId };

  /** The end of the interval of the drop that is nearer to none: rows that the baseline was measured on may be others, too. */
  function leastDrop(): number {
    const rows = current.rows + (typeof reference === 'number' ? 0 : reference.rows);
    const gain = bootstrapDifference(current, reference, {
      ...drawing,
      resamples: resamplesOf(rows),
    });
    return gainOf(metric, 1, 0) > 0 ? -gain.high : gain.low;
  }
});

const resamplesOf = (rows: number) => Math.max(100, Math.min(1000, Math.floor(RESAMPLED_ROWS / rows)));

type Input = InputOf<typeof measureDecay>;

/** @throws DoNotRetry when the metric is for the other kind of model */
function metricOf({ metric, model }: Input): MetricName {
  const isClassifier = model.classes.length > 0;
  const known = isClassifier ? classificationMetric : regressionMetric;
  const wanted = metric ?? (isClassifier ? 'auc' : 'rmse');
  if (!known.safeParse(wanted).success)
    throw new DoNotRetry(
      `'${wanted}' does not measure ${model.name}, which predicts ${isClassifier ? 'classes' : 'numbers'}; take one of ${known.options.join(', ')}.`,
    );
  return wanted;
}

/** The stricter of what is asked for. */
function allowedDrop({ maxDrop, maxRelativeDrop }: Input, baseline: number): number {
  const share = maxRelativeDrop ?? (maxDrop === undefined ? 0.05 : undefined);
  return Math.min(maxDrop ?? Infinity, share === undefined ? Infinity : share * Math.abs(baseline));
}

/** Rows and the metric on some of them; classes are strata, so that each resample has all of them. */
interface Scored extends IndependentRows {
  readonly columns: readonly RawColumn[];
}

async function score(
  context: TaskContext,
  input: Input,
  dataset: DatasetRef,
  metric: MetricName,
): Promise<Scored> {
  if (dataset.rows === 0)
    throw new InvalidDataset(`Dataset '${dataset.name}' has no rows to score. It is ${dataset.uri}.`);
  const table = await readParquet(await context.objects.getBytes(dataset.uri), dataset.columns);
  const columns = rawColumns(table, [input.target]);
  const outputs = await scoresOf(context, input.model, columns);
  if (input.model.classes.length > 0) {
    const actual = targetOf(table, input.target, input.model.classes);
    return {
      rows: table.rows,
      columns,
      strata: actual,
      statistic: (rows) => {
        const labels = takeValues(actual, rows);
        const columns = outputs.map((column) => takeValues(column, rows));
        return classificationMetricOf(classificationMetric.parse(metric), labels, columns);
      },
    };
  }
  const actual = numbersOf(table, input.target);
  const predicted = outputs[0] ?? new Float64Array();
  return {
    rows: table.rows,
    columns,
    strata: undefined,
    statistic: (rows) =>
      regressionMetricsOf(takeValues(actual, rows), takeValues(predicted, rows))[
        regressionMetric.parse(metric)
      ],
  };
}

/** Of wrong and right answers, whatever the classes are. */
const OF_ANY_CLASS: ReadonlySet<MetricName> = new Set(['accuracy', 'top3Accuracy', 'logLoss', 'brier']);

/** With labels of one class, precision and the like are 1 or 0 whatever the model is worth. @throws InvalidDataset */
function checkClasses({ current, target }: Input, { strata }: Scored, metric: MetricName): void {
  if (strata === undefined || OF_ANY_CLASS.has(metric) || new Set(Array.from(strata)).size > 1) return;
  throw new InvalidDataset(
    `All ${strata.length} labels '${target}' of '${current.name}' are of one class: that says nothing of the metric '${metric}'. Wait for labels of the others (those of one class may come later), or take accuracy.`,
  );
}

/** @throws InvalidDataset for a column that there is not */
function slicedColumns({ slices, current }: Input, columns: readonly RawColumn[]): RawColumn[] {
  return slices.map((name) => {
    const found = columns.find((column) => column.name === name);
    if (found === undefined)
      throw new InvalidDataset(
        `Dataset '${current.name}' has no column '${name}' to slice by; columns: ${columns.map((one) => one.name).join(', ')}.`,
      );
    return found;
  });
}

function allRows(rows: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => row);
}

function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}
