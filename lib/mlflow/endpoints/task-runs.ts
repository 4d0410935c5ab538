/**
 * What runtimes that do not speak to the tracking table begin the run of a task with. It is none of MLflow's endpoints: the
 * run has the id and the parent that a TypeScript task's would have, so that a retry goes on with it.
 */
import { s3Client } from '../../aws/clients/s3';
import { resourceNames } from '../../aws/environment';
import { ObjectStore } from '../../aws/object-store';
import { openTaskTracking } from '../../tracking/task-tracking';
import type { JsonObject } from '../../model/json';
import { endpoint } from '../endpoint';
import { invalid } from '../mlflow-error';
import { bool, required, string, withDefault } from '../wire/fields';

export const taskRunEndpoints = [
  endpoint({
    method: 'POST',
    path: 'task-runs/start',
    fields: {
      run: required(string),
      pipeline: required(string),
      task: required(string),
      execution: required(string),
      run_name: required(string),
      trigger: required(string),
      logical_date: required(string),
      started_at: required(string),
      commit: required(string),
      dirty: withDefault(bool, false),
      code_hash: required(string),
      /** JSON of the pipeline's params. */
      params: string,
    },
    handle: async (asked) => {
      const tracking = await openTaskTracking(
        {
          task: asked.task,
          execution: asked.execution,
          run: {
            id: asked.run,
            pipeline: asked.pipeline,
            trigger: asked.trigger,
            logicalDate: asked.logical_date,
            startedAt: asked.started_at,
            code: { commit: asked.commit, dirty: asked.dirty },
            params: paramsOf(asked.params),
          },
        },
        new ObjectStore(s3Client(), resourceNames().bucket),
        asked.code_hash,
      );
      const { runId } = await tracking.startRun({ name: asked.run_name });
      return { experiment_id: tracking.experimentId, run_id: runId };
    },
  }),
];

/** Runtimes of before tell none. @throws MlflowError */
function paramsOf(text: string | undefined): JsonObject {
  try {
    const params: unknown = JSON.parse(text ?? '{}');
    if (typeof params === 'object' && params !== null && !Array.isArray(params)) return params as JsonObject;
  } catch {
    // It is told below.
  }
  throw invalid("Invalid value for parameter 'params' supplied: it is no JSON object.");
}
