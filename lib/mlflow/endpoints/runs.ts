import { randomUUID } from 'node:crypto';
import { logClientInputs, logModelOutputs } from '../../tracking/client-inputs';
import { logParams } from '../../tracking/params';
import { deleteRun, deleteTag, restoreRun, updateRun } from '../../tracking/run-changes';
import { changeRun } from '../../tracking/change-run';
import { readRunDocument, type RunStatus } from '../../tracking/run-document';
import { createRun } from '../../tracking/runs';
import { setTags, withTags } from '../../tracking/tags';
import { endpoint } from '../endpoint';
import { runInfoJson, runJson } from '../entities/run-json';
import { invalid } from '../mlflow-error';
import { randomRunName } from '../random-run-name';
import { int64, list, message, required, string } from '../wire/fields';
import { checkEntityKey, checkLength, tagRecord } from '../wire/names';
import { wrong } from '../wire/read-message';
import { KEY_VALUE, RUN_STATUS } from './common';

const RUN = { run_id: required(string) };
const RUN_NAME = 'mlflow.runName';
/** The tag that MLflow 1 and 2 keep the models of a run in. */
const LOGGED_MODELS = 'mlflow.log-model.history';

const DATASET = message({
  name: required(string),
  digest: required(string),
  source_type: required(string),
  source: required(string),
  schema: string,
  profile: string,
});

export const runEndpoints = [
  endpoint({
    method: 'POST',
    path: 'runs/create',
    fields: {
      experiment_id: string,
      user_id: string,
      run_name: string,
      start_time: int64,
      tags: list(KEY_VALUE),
    },
    handle: async ({ experiment_id = '', user_id, run_name, start_time = Date.now(), tags }) => {
      if (!Number.isSafeInteger(start_time) || start_time < 0 || start_time > 9_999_999_999_999)
        throw wrong('start_time', start_time, 'It must be a count of milliseconds since 1970.');
      const record = tagRecord(tags);
      const tagged = record[RUN_NAME] ?? '';
      if (run_name !== undefined && run_name !== '' && tagged !== '' && run_name !== tagged) {
        throw invalid(
          `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${run_name}', mlflow.runName='${tagged}').`,
        );
      }
      const runId = randomUUID().replaceAll('-', '');
      await createRun({
        runId,
        experimentId: experiment_id === '' ? '0' : experiment_id,
        runName: run_name || tagged || randomRunName(),
        startTime: start_time,
        tags: record,
        ...(user_id === undefined || user_id === '' ? {} : { userId: user_id }),
      });
      return { run: runJson(await readRunDocument(runId)) };
    },
  }),
  endpoint({
    method: 'GET',
    path: 'runs/get',
    fields: RUN,
    handle: async ({ run_id }) => ({ run: runJson(await readRunDocument(run_id)) }),
  }),
  endpoint({
    method: 'POST',
    path: 'runs/update',
    fields: { ...RUN, status: RUN_STATUS, end_time: int64, run_name: string },
    handle: async ({ run_id, status, end_time, run_name }) => ({
      run_info: runInfoJson(
        await updateRun(run_id, {
          status: status as RunStatus | undefined,
          endTime: end_time,
          runName: run_name,
        }),
      ),
    }),
  }),
  endpoint({
    method: 'POST',
    path: 'runs/delete',
    fields: RUN,
    handle: async ({ run_id }) => {
      await deleteRun(run_id);
      return {};
    },
  }),
  endpoint({
    method: 'POST',
    path: 'runs/restore',
    fields: RUN,
    handle: async ({ run_id }) => {
      await restoreRun(run_id);
      return {};
    },
  }),
  endpoint({
    method: 'POST',
    path: 'runs/log-parameter',
    fields: { ...RUN, key: required(string), value: string },
    handle: async ({ run_id, key, value = '' }) => {
      checkEntityKey(key, 'key', 'Param key');
      await logParams(run_id, { [key]: value });
      return {};
    },
  }),
  endpoint({
    method: 'POST',
    path: 'runs/set-tag',
    fields: { ...RUN, key: required(string), value: string },
    handle: async ({ run_id, key, value = '' }) => {
      checkEntityKey(key, 'key');
      await setTags(run_id, { [key]: value });
      return {};
    },
  }),
  endpoint({
    method: 'POST',
    path: 'runs/delete-tag',
    fields: { ...RUN, key: required(string) },
    handle: async ({ run_id, key }) => {
      await deleteTag(run_id, key);
      return {};
    },
  }),
  endpoint({
    method: 'POST',
    path: 'runs/log-model',
    fields: { ...RUN, model_json: required(string) },
    handle: async ({ run_id, model_json }) => {
      const model = modelOf(model_json);
      await changeRun(run_id, (run) => {
        const logged = JSON.parse(run.t[LOGGED_MODELS] ?? '[]') as unknown[];
        const text = JSON.stringify(model);
        // A repeated request finds its model there already.
        if (logged.some((other) => JSON.stringify(other) === text)) return run;
        return withTags(run, { [LOGGED_MODELS]: JSON.stringify([...logged, model]) });
      });
      return {};
    },
  }),
  endpoint({
    method: 'POST',
    path: 'runs/log-inputs',
    fields: {
      ...RUN,
      datasets: list(
        message({
          tags: list(message({ key: required(string), value: required(string) })),
          dataset: required(DATASET),
        }),
      ),
      models: list(message({ model_id: required(string) })),
    },
    handle: async ({ run_id, datasets, models }) => {
      if (datasets.length > 1000)
        throw invalid(`A batch logging request can contain at most 1000 datasets. Got ${datasets.length}.`);
      await logClientInputs(run_id, {
        datasets: datasets.map(({ tags, dataset }) => {
          const { name, digest, source_type, source, schema, profile } = dataset;
          checkLength(name, 500, 'name');
          checkLength(digest, 36, 'digest');
          checkLength(source, 65_535, 'source');
          for (const tag of tags) {
            checkLength(tag.key, 255, 'key');
            checkLength(tag.value, 500, 'value');
          }
          return {
            name,
            digest,
            sourceType: source_type,
            source,
            ...(schema === undefined ? {} : { schema }),
            ...(profile === undefined ? {} : { profile }),
            tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
          };
        }),
        models: models.map(({ model_id }) => model_id),
      });
      return {};
    },
  }),
  endpoint({
    method: 'POST',
    path: 'runs/outputs',
    fields: {
      ...RUN,
      models: required(list(message({ model_id: required(string), step: int64 }))),
    },
    handle: async ({ run_id, models }) => {
      await logModelOutputs(
        run_id,
        Object.fromEntries(models.map(({ model_id, step = 0 }) => [model_id, step])),
      );
      return {};
    },
  }),
];

function modelOf(json: string): object {
  let model: unknown;
  try {
    model = JSON.parse(json);
  } catch {
    throw invalid(`Malformed model info. \n ${json} \n is not a valid JSON.`);
  }
  const absent = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'].filter(
    (key) => typeof model !== 'object' || model === null || !(key in model),
  );
  if (absent.length > 0) {
    throw invalid(`Model json is missing mandatory fields: {${absent.map((key) => `'${key}'`).join(', ')}}`);
  }
  // The configuration of flavors may be long; MLflow leaves it out of the tag.
  const { flavors, ...rest } = model as { flavors: Record<string, Record<string, unknown>> };
  const short = Object.fromEntries(
    Object.entries(flavors).map(([flavor, { config: _config, ...members }]) => [flavor, members]),
  );
  return { ...rest, flavors: short };
}
