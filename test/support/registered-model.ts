/** Trains a model on german_credit.csv and registers it as a task would, in the cloud that the environment names. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { s3Client } from '../../lib/aws/clients/s3';
import { resourceNames } from '../../lib/aws/environment';
import { ObjectStore } from '../../lib/aws/object-store';
import { fitLogisticRegression } from '../../lib/ml/logistic-regression';
import { mlflowFolder } from '../../lib/ml/mlflow-folder';
import { exportOnnx } from '../../lib/ml/onnx/export';
import { fitPreprocessor, transform } from '../../lib/ml/preprocessor';
import type { RawColumn } from '../../lib/ml/raw-column';
import { createVersion } from '../../lib/tracking/model-versions';

export const CLASSES = ['good', 'bad'];

export interface CreditRow {
  readonly fields: Readonly<Record<string, string | number>>;
  readonly label: string;
}

/** The rows of the file as a client sends them. */
export function creditRows(): CreditRow[] {
  const [head = '', ...lines] = readFileSync(join(__dirname, '../../data/german_credit.csv'), 'utf8')
    .trimEnd()
    .split('\n');
  const names = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    const fields = Object.fromEntries(
      names.map((name, i) => {
        const cell = cells[i] ?? '';
        return [name, cell !== '' && !Number.isNaN(Number(cell)) ? Number(cell) : cell];
      }),
    );
    const { risk, ...others } = fields;
    return { fields: others, label: String(risk) };
  });
}

/** @param shuffled trains on labels of other rows: a bad model that is bad for a reason */
export async function registerCreditModel(
  name: string,
  options: { readonly rows?: number; readonly shuffled?: boolean; readonly l2?: number } = {},
): Promise<{ readonly version: string; readonly folder: string }> {
  const rows = creditRows().slice(0, options.rows ?? 700);
  const columns = Object.keys(rows[0]?.fields ?? {}).map((column): RawColumn => {
    const values = rows.map(({ fields }) => fields[column] ?? null);
    return values.every((value) => typeof value === 'number')
      ? { name: column, kind: 'number', integer: values.every(Number.isInteger), values }
      : { name: column, kind: 'text', values: values.map(String) };
  });
  const all = rows.map((_, row) => row);
  const preprocessor = fitPreprocessor(columns, all);
  const y = Int32Array.from(rows, (_, row) =>
    CLASSES.indexOf(rows[options.shuffled === true ? (row * 7 + 3) % rows.length : row]?.label ?? ''),
  );
  const model = fitLogisticRegression(transform(preprocessor, columns, all), y, CLASSES.length);
  const onnx = exportOnnx(preprocessor, model, CLASSES, { pipeline: 'test', run: 'test' });
  const objects = new ObjectStore(s3Client(), resourceNames().bucket);
  const sha256 = createHash('sha256').update(onnx).digest('hex');
  const runId = createHash('sha256')
    .update(`${name}/${JSON.stringify(options)}`)
    .digest('hex')
    .slice(0, 32);
  const folder = `artifacts/1/${runId}/model/`;
  for (const file of mlflowFolder({
    onnx,
    preprocessor,
    classes: CLASSES,
    runId,
    example: columns.map((column) => ({ ...column, values: column.values.slice(0, 5) }) as RawColumn),
    createdAt: '2026-01-01T00:00:00.000Z',
  }))
    await objects.putBytes(`${folder}${file.path}`, file.body);
  const { version } = await createVersion({
    name,
    source: objects.uri(folder),
    runId: '',
    tags: { sha256, algorithm: 'logistic-regression' },
    by: 'test',
    idempotencyKey: `${name}/${JSON.stringify(options)}`,
  });
  return { version, folder };
}
