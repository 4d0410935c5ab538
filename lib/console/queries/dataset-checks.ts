/** What validations, anomaly checks and profiles of the latest runs say of a dataset. */
import { orchestrationTable } from '../../aws/tables';
import type { Json } from '../../model/json';
import { taskKey } from '../../orchestration/keys';
import type { TaskRecord } from '../../orchestration/task-record';
import type { ConsoleOptions } from '../console-options';
import type { DatasetCheck } from '../views/data';
import type { RunRow } from '../views/run-rows';
import { keyOf, member, numberOr, textOr } from './record-output';
import { latestRuns } from './run-rows';

/** Of each pipeline. */
const RUNS = 30;
const SHOWN = 50;

const KINDS: Readonly<Record<string, DatasetCheck['kind']>> = {
  'validate-dataset': 'validation',
  'detect-anomalies': 'anomalies',
  'profile-dataset': 'profile',
};

/** Newest first. @param name as the task that made it calls the dataset */
export async function readDatasetChecks(options: ConsoleOptions, name: string): Promise<DatasetCheck[]> {
  const { pipelines } = await options.catalogue();
  const lists = await Promise.all(
    pipelines.map(async (pipeline) => {
      const checking = pipeline.tasks.flatMap(({ id, contract = '' }) => {
        const kind = KINDS[contract];
        return kind === undefined ? [] : [{ id, kind }];
      });
      if (checking.length === 0) return [];
      const runs = await latestRuns(pipeline.id, RUNS);
      return Promise.all(
        runs.flatMap((run) =>
          checking.map(async ({ id, kind }) => {
            const record = await orchestrationTable().get<TaskRecord>(taskKey(run.runId, id));
            const out = record?.result?.out;
            return out === undefined || textOr(member(member(out, 'dataset'), 'name')) !== name
              ? undefined
              : checkOf(run, id, kind, out);
          }),
        ),
      );
    }),
  );
  return lists
    .flat()
    .filter((check) => check !== undefined)
    .sort((a, b) => b.logicalDate.localeCompare(a.logicalDate))
    .slice(0, SHOWN);
}

function checkOf(run: RunRow, task: string, kind: DatasetCheck['kind'], out: Json): DatasetCheck {
  const dataset = member(out, 'dataset');
  const success = member(out, 'success');
  return {
    pipeline: run.pipeline,
    task,
    runId: run.runId,
    logicalDate: run.logicalDate,
    kind,
    dataset: textOr(member(dataset, 'sha256')) ?? '',
    rows: numberOr(member(dataset, 'rows')),
    passed: typeof success === 'boolean' ? success : null,
    summary: SUMMARIES[kind](out),
    report: keyOf(textOr(member(member(out, 'report'), 'uri'))),
  };
}

const SUMMARIES: Readonly<Record<DatasetCheck['kind'], (out: Json) => string>> = {
  validation: (out) => {
    const failed = member(out, 'failed');
    const count = (severity: string) => numberOr(member(failed, severity)) ?? 0;
    const evaluated = numberOr(member(out, 'evaluated')) ?? 0;
    const parts = ['critical', 'warning', 'info']
      .filter((severity) => count(severity) > 0)
      .map((severity) => `${count(severity)} ${severity}`);
    return `${evaluated} expectations, ${parts.length === 0 ? 'all met' : `not met: ${parts.join(', ')}`}`;
  },
  anomalies: (out) => {
    const found = member(out, 'anomalies');
    const texts = (Array.isArray(found) ? found : []).map(
      (one) => `${textOr(member(one as Json, 'column')) ?? ''} ${textOr(member(one as Json, 'what')) ?? ''}`,
    );
    return `${numberOr(member(out, 'checked')) ?? 0} figures, ${texts.length === 0 ? 'none unusual' : texts.join('; ')}`;
  },
  profile: (out) => {
    const alerts = member(out, 'alerts');
    const texts = Array.isArray(alerts) ? alerts.filter((one) => typeof one === 'string') : [];
    return texts.length === 0 ? 'no alerts' : texts.join('; ');
  },
};
