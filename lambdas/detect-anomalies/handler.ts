import { join } from 'node:path';
import { DatasetAnomalous, sentenceOf } from '../../lib/data/anomalies/dataset-anomalous';
import { detectAnomalies as detect, type HistoryEntry } from '../../lib/data/anomalies/detect';
import { figuresOf } from '../../lib/data/anomalies/figures';
import { profileParquet } from '../../lib/data/profile';
import { taskHandler } from '../../lib/runtime/task-handler';
import { detectAnomalies } from '../../lib/tasks/detect-anomalies';
import { memoryMb } from '../made-dataset';

/** Reads of the history at once. */
const AT_ONCE = 16;

export const handler = taskHandler(detectAnomalies, async ({ dataset, ...options }, context) => {
  const { run, objects } = context;
  const scratch = await context.tmp();
  const path = join(scratch, 'dataset.parquet');
  await objects.download(dataset.uri, path);
  const profile = await profileParquet(path, dataset.columns, { scratch, memoryMb: memoryMb() });
  const now = { logicalDate: run.logicalDate, dataset: dataset.uri, figures: figuresOf(profile) };
  const folder = `datasets/${run.pipeline}/${dataset.name}/history/`;
  // An object for each date: runs of other dates do not meet, a rerun takes the place of its own.
  const own = `${folder}${run.logicalDate}.json`;
  const keys = (await objects.list(folder)).map(({ key }) => key).filter((key) => key < own);
  const recent = keys.slice(-options.maxHistory * (options.season === 'none' ? 1 : 31));
  const history: HistoryEntry[] = [];
  for (let i = 0; i < recent.length; i += AT_ONCE)
    history.push(
      ...(await Promise.all(recent.slice(i, i + AT_ONCE).map((key) => objects.getJson<HistoryEntry>(key)))),
    );
  const { history: compared, checked } = detect(now, history, options);
  const anomalies = checked.filter(({ anomalous }) => anomalous);
  const prefix = `reports/${run.pipeline}/${run.id}/${context.task}`;
  await objects.putBytes(
    `${prefix}.json`,
    JSON.stringify({ dataset: dataset.uri, history: compared, checked }, null, 2),
    {
      contentType: 'application/json',
    },
  );
  const { renderAnomalies } = await import('../../lib/reports/anomaly-page');
  const page = renderAnomalies({
    title: `Anomalies: ${dataset.name}`,
    subtitle: `${run.logicalDate}, ${dataset.uri}`,
    logicalDate: run.logicalDate,
    history: compared,
    needed: options.minHistory,
    checked: checked.map((one) => ({ ...one, sentence: sentenceOf(one) })),
  });
  const report = await objects.putBytes(`${prefix}.html`, page, { contentType: 'text/html; charset=utf-8' });
  await objects.putBytes(own, JSON.stringify(now), { contentType: 'application/json' });
  const critical = anomalies.filter(({ severity }) => severity === 'critical');
  if (critical.length > 0) throw new DatasetAnomalous(dataset.name, critical, report.uri);
  return {
    dataset,
    success: anomalies.length === 0,
    history: compared,
    checked: checked.length,
    anomalies: anomalies.map(({ column, what, value, low, high, severity }) => ({
      column,
      what,
      value,
      low,
      high,
      severity,
    })),
    report,
  };
});
