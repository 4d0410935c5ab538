import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { readParquet } from '../../lib/data/read-parquet';
import { compareFeature, type ComparedFeature } from '../../lib/ml/drift/compare-feature';
import { judgeDrift } from '../../lib/ml/drift/judge-drift';
import { schemaChangesOf } from '../../lib/ml/drift/schema-changes';
import { rawColumns } from '../../lib/ml/feature-data';
import type { RawColumn } from '../../lib/ml/raw-column';
import { taskHandler } from '../../lib/runtime/task-handler';
import type { InputOf } from '../../lib/tasks/contract';
import type { Column, DatasetRef } from '../../lib/tasks/dataset';
import { detectDrift } from '../../lib/tasks/detect-drift';

export const handler = taskHandler(detectDrift, async (input, context) => {
  const { reference, current, rule } = input;
  for (const dataset of [reference, current])
    if (dataset.rows === 0)
      throw new InvalidDataset(`Dataset '${dataset.name}' has no rows to compare. It is ${dataset.uri}.`);
  const names = comparedNames(input);
  const all = schemaChangesOf(reference.columns, current.columns).filter(
    ({ column }) => !input.exclude.includes(column) && (input.columns ?? [column]).includes(column),
  );
  const [before, after] = await Promise.all(
    [reference, current].map((dataset) => context.objects.getBytes(dataset.uri)),
  );
  const compared: ComparedFeature[] = [];
  // A column at a time: both tables whole would take ten times the memory.
  for (const name of names)
    compared.push(
      compareFeature(
        await readColumn(before!, reference, name),
        await readColumn(after!, current, name),
        rule,
      ),
    );
  const verdict = judgeDrift(compared, rule, input.schemaChangeCounts ? all : []);
  context.emitMetric('DriftedShare', 100 * verdict.driftedShare, 'Percent');
  const prefix = `reports/${context.run.pipeline}/${context.run.id}/${context.task}`;
  const rows = { reference: reference.rows, current: current.rows };
  const sides = { reference: reference.uri, current: current.uri };
  const json = await context.objects.putBytes(
    `${prefix}.json`,
    JSON.stringify({ ...verdict, schemaChanges: all, rule, rows, ...sides }, null, 2),
    { contentType: 'application/json' },
  );
  // Charts are the larger half of the bundle: loaded when there is something to draw.
  const { renderDrift } = await import('../../lib/reports/drift-page');
  const report = await context.objects.putBytes(
    `${prefix}.html`,
    renderDrift({
      ...verdict,
      title: `Drift: ${current.name} against ${reference.name}`,
      subtitle: `${current.uri} against ${reference.uri}`,
      rows,
      schemaChanges: all,
      bins: new Map(compared.map(({ measures, bins }) => [measures.column, bins])),
    }),
    { contentType: 'text/html; charset=utf-8' },
  );
  const run = await (await context.tracking()).startRun({ name: context.task });
  await run.logParams({ ...rule });
  await run.logMetrics({
    drift_share: verdict.driftedShare,
    drift_features: verdict.driftedFeatures.length,
    schema_changes: all.length,
    ...Object.fromEntries(
      verdict.features.flatMap(({ column, psi, missingCurrent }) => [
        ...(psi === null ? [] : [[`psi_${metricName(column)}`, psi]]),
        [`missing_${metricName(column)}`, missingCurrent],
      ]),
    ),
  });
  await run.logInput(reference, 'reference');
  await run.logInput(current, 'current');
  await run.end('FINISHED');
  if (input.watches !== undefined)
    await (
      await context.tracking()
    ).registry.reportDrift(input.watches, { drifted: verdict.drifted, reason: verdict.reason });
  context.log.info('Compared', { drifted: verdict.drifted, reason: verdict.reason });
  return {
    ...verdict,
    driftedFeatures: [...verdict.driftedFeatures],
    features: [...verdict.features],
    schemaChanges: all,
    report,
    json,
    runId: run.runId,
  };
});

type Input = InputOf<typeof detectDrift>;

/** @throws InvalidDataset for a column asked for by name that one side does not have, and when none is left */
function comparedNames({ reference, current, columns, exclude }: Input): string[] {
  const typeIn = (dataset: DatasetRef, name: string) =>
    dataset.columns.find((column) => column.name === name)?.type;
  for (const name of columns ?? [])
    for (const dataset of [reference, current])
      if (typeIn(dataset, name) === undefined)
        throw new InvalidDataset(
          `Dataset '${dataset.name}' has no column '${name}' to compare; columns: ${dataset.columns.map((one) => one.name).join(', ')}.`,
        );
  const isTime = ({ type }: Column) => type === 'date' || type === 'timestamp';
  const names = reference.columns
    .filter((column) => columns?.includes(column.name) ?? !isTime(column))
    .map(({ name }) => name)
    .filter((name) => !exclude.includes(name))
    .filter((name) => {
      const [before, after] = [typeIn(reference, name), typeIn(current, name)];
      return after !== undefined && kindOf(before!) === kindOf(after);
    });
  if (names.length === 0)
    throw new InvalidDataset(
      `'${reference.name}' and '${current.name}' share no column to compare. Check 'columns' and 'exclude'.`,
    );
  return names;
}

function kindOf(type: Column['type']): 'number' | 'text' {
  return type === 'string' || type === 'boolean' ? 'text' : 'number';
}

/** Dates and timestamps as milliseconds since 1970. */
async function readColumn(bytes: Uint8Array, dataset: DatasetRef, name: string): Promise<RawColumn> {
  const schema = dataset.columns.filter((column) => column.name === name);
  const table = await readParquet(bytes, schema);
  const type = schema[0]?.type;
  const [column] =
    type === 'date' || type === 'timestamp'
      ? [
          {
            name,
            kind: 'number' as const,
            values: (table.columns[0]?.values ?? []).map((value) => {
              const instant = value === null ? Number.NaN : Date.parse(String(value));
              return Number.isNaN(instant) ? null : instant;
            }),
          },
        ]
      : rawColumns(table, []);
  if (column === undefined || column.values.length === 0)
    throw new InvalidDataset(`Dataset '${dataset.name}' holds no values of '${name}'. It is ${dataset.uri}.`);
  return column;
}

/** What a metric may be called. */
function metricName(column: string): string {
  return column.replace(/[^\w .:/-]/g, '_').slice(0, 200);
}
