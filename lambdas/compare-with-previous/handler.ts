import { bootstrapInterval } from '../../lib/ml/bootstrap';
import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { taskHandler } from '../../lib/runtime/task-handler';
import { getEndpoint } from '../../lib/serving/endpoint';
import { metricOn, readHeldOut, scoresOf } from '../../lib/serving/held-out-scores';
import { versionMaterial } from '../../lib/serving/version-material';
import { compareWithPrevious } from '../../lib/tasks/compare-with-previous';
import { gainOf } from '../../lib/tasks/metric';

const RESAMPLES = 500;

export const handler = taskHandler(compareWithPrevious, async (input, context) => {
  const { objects } = context;
  const { model, stable, previous } = await getEndpoint(input.endpoint);
  if (stable === null)
    throw new InvalidDataset(`'${input.endpoint}' serves no version yet: there is nothing to compare.`);
  const [before] = previous;
  const verdict = await (before === undefined || input.labelled.rows === 0
    ? {
        worse: false,
        reason:
          before === undefined
            ? `Version ${stable} is the first that '${input.endpoint}' serves`
            : `No request to version ${stable} has a label yet`,
        value: null,
        previousValue: null,
        low: null,
      }
    : compare(before));
  const summary = { ...verdict, version: stable, previous: before ?? null };
  const json = await objects.putBytes(
    `reports/${context.run.pipeline}/${context.run.id}/${context.task}.json`,
    JSON.stringify({ endpoint: input.endpoint, model, metric: input.metric, ...summary }, null, 2),
    { contentType: 'application/json' },
  );
  context.log.info('Compared', summary);
  return { ...summary, json };

  async function compare(other: string) {
    const [served, earlier] = await Promise.all(
      [stable ?? '', other].map((version) => versionMaterial(objects, model, version)),
    );
    if (served === undefined || earlier === undefined) throw new Error('unreachable');
    const rows = await readHeldOut(objects, input.labelled, input.target, served.classes);
    const [scores, earlierScores] = await Promise.all([
      scoresOf(objects, served.ref, rows),
      scoresOf(objects, earlier.ref, rows),
    ]);
    const all = Int32Array.from({ length: rows.table.rows }, (_, row) => row);
    const value = metricOn(input.metric, rows, scores, all);
    const previousValue = metricOn(input.metric, rows, earlierScores, all);
    if (!Number.isFinite(value) || !Number.isFinite(previousValue))
      throw new InvalidDataset(
        `The metric '${input.metric}' of '${input.labelled.name}' is no number: one class only has no AUC. Take another metric or more rows.`,
      );
    // The same samples for both versions, so that hard rows count for both.
    const { low } = bootstrapInterval(
      rows.table.rows,
      (sample) =>
        gainOf(
          input.metric,
          metricOn(input.metric, rows, earlierScores, sample),
          metricOn(input.metric, rows, scores, sample),
        ),
      {
        confidence: input.confidence,
        resamples: RESAMPLES,
        ...(rows.classes.length > 0 ? { strata: rows.target } : {}),
      },
    );
    const worse = low > input.margin;
    return {
      worse,
      reason: `${input.metric} of version ${stable} is ${shown(value)} on ${rows.table.rows} labelled requests, version ${other} before it would have had ${shown(previousValue)}; it gains at least ${shown(low)} with ${100 * input.confidence} % confidence, where ${input.margin} ${worse ? 'is too much' : 'is allowed'}`,
      value,
      previousValue,
      low,
    };
  }
});

function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}
