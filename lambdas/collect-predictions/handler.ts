import { createHash } from 'node:crypto';
import type { Cell, Table } from '../../lib/data/read-parquet';
import { writeParquet } from '../../lib/data/write-parquet';
import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { DoNotRetry, Skipped } from '../../lib/model/errors';
import type { TaskContext } from '../../lib/runtime/task-context';
import { taskHandler } from '../../lib/runtime/task-handler';
import { findEndpoint, getEndpoint, NoSuchEndpoint } from '../../lib/serving/endpoint';
import { readLog, type LoggedPrediction } from '../../lib/serving/prediction-log';
import { readLabels, type Label } from '../../lib/serving/read-labels';
import { required, versionMaterial } from '../../lib/serving/version-material';
import { collectPredictions } from '../../lib/tasks/collect-predictions';
import type { Column, DatasetRef } from '../../lib/tasks/dataset';

const HOUR = 3_600_000;

export const handler = taskHandler(collectPredictions, async (input, context) => {
  const { objects } = context;
  if (input.unserved === 'skip' && ((await findEndpoint(input.endpoint))?.stable ?? null) === null)
    throw new Skipped(unserved(input.endpoint));
  const { model, stable } = await getEndpoint(input.endpoint).catch((error: unknown) => {
    // No retry makes an endpoint.
    throw error instanceof NoSuchEndpoint ? new DoNotRetry(error.message, { cause: error }) : error;
  });
  if (stable === null) throw new InvalidDataset(unserved(input.endpoint));
  const material = await versionMaterial(objects, model, stable);
  const reference = required(material.train, 'training rows', material);
  const heldOut = required(material.test, 'held-out rows', material);
  const target = required(material.target, 'target that follows from its data', material);
  const to = context.run.dataIntervalEnd;
  const back = (hours: number) => new Date(Date.parse(to) - hours * HOUR).toISOString();
  const from = back(input.hours);
  const labelHours = Math.max(input.labelHours ?? input.hours, input.hours);
  const logged = await readLog(objects, input.endpoint, back(labelHours), to);
  const answered = logged.filter(({ version, slot }) => version === stable && slot !== 'shadow');
  const recent = answered.filter(({ at }) => at >= from);
  const labels = await readLabels(objects, input.endpoint, back(labelHours));
  // A request that several versions answered is one row all the same.
  const asked = input.labelledBy === 'all' ? logged.filter(({ slot }) => slot !== 'shadow') : answered;
  const labelled = asked.flatMap((line) => {
    const label = labels.get(`${line.request}#${line.row}`);
    return label === undefined ? [] : [{ line, label }];
  });

  const columns = reference.columns.filter(({ name }) => name !== target);
  const current = await store(context, `${input.endpoint}-requests`, tableOf(recent, columns));
  const targetColumn = reference.columns.find(({ name }) => name === target);
  const known = tableOf(
    labelled.map(({ line }) => line),
    columns,
  );
  const withLabels = await store(context, `${input.endpoint}-labelled`, {
    rows: known.rows,
    columns: [
      ...known.columns,
      {
        name: target,
        type: targetColumn?.type ?? 'string',
        values: labelled.map(({ label }) => cellOf(label, targetColumn?.type)),
      },
    ],
  });
  const summary = {
    from,
    to,
    version: stable,
    rows: recent.length,
    otherRows: logged.filter(({ at, version }) => at >= from && version !== stable).length,
    labelledRows: labelled.length,
    answers: answersOf(recent, material.classes),
  };
  // What a report without rows would leave to be guessed.
  const nothing = `'${input.endpoint}' answered no request with version ${stable} from ${from} to ${to}: there is nothing to say of drift.`;
  const json = await objects.putBytes(
    `reports/${context.run.pipeline}/${context.run.id}/${context.task}.json`,
    JSON.stringify(
      { endpoint: input.endpoint, model, ...summary, ...(recent.length === 0 ? { nothing } : {}) },
      null,
      2,
    ),
    { contentType: 'application/json' },
  );
  context.log.info('Collected', summary);
  return {
    ...summary,
    model: material.ref,
    current,
    labelled: withLabels,
    reference,
    heldOut,
    target,
    json,
  };
});

function unserved(endpoint: string): string {
  return `'${endpoint}' serves no version yet: there is nothing to watch. Deploy one: millrace deploy-model <model> <version>, or a pipeline that promotes one.`;
}

function tableOf(lines: readonly LoggedPrediction[], columns: readonly Column[]): Table {
  return {
    rows: lines.length,
    columns: columns.map(({ name, type }) => ({
      name,
      type,
      values: lines.map(({ inputs }) => cellOf(inputs[name], type)),
    })),
  };
}

/** As the column has it where the model was trained. */
function cellOf(value: unknown, type: Column['type'] | undefined): Cell {
  if (value === null || value === undefined) return null;
  if (type === 'integer' || type === 'number') {
    const number = typeof value === 'number' ? value : Number(value as string);
    return Number.isNaN(number) ? null : number;
  }
  if (type === 'boolean') return value === true || value === 'true';
  return String(value as Label);
}

async function store(context: TaskContext, name: string, table: Table): Promise<DatasetRef> {
  const bytes = writeParquet(table);
  // Named by its content: a retry writes the same object.
  const hash = createHash('sha256').update(bytes).digest('hex');
  const stored = await context.objects.putBytes(
    `datasets/${context.run.pipeline}/${name}/${hash}.parquet`,
    bytes,
  );
  return {
    ...stored,
    name,
    format: 'parquet',
    rows: table.rows,
    columns: table.columns.map(({ name: column, type }) => ({ name: column, type })),
  };
}

function answersOf(lines: readonly LoggedPrediction[], classes: readonly string[]): Record<string, number> {
  if (lines.length === 0) return {};
  if (classes.length > 0)
    return Object.fromEntries(
      classes.map((label) => [
        label,
        lines.filter(({ output }) => output['label'] === label).length / lines.length,
      ]),
    );
  const values = lines.map(({ output }) => Number(output['prediction']));
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    minimum: values.reduce((least, value) => Math.min(least, value), Infinity),
    maximum: values.reduce((most, value) => Math.max(most, value), -Infinity),
  };
}
