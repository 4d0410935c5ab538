/** What the runtime does about tracking, without MLflow's package: the handler looks at what its client would find. */
import { z } from 'zod';
import type { Guest } from '../../../lib/local/service';
import { mlflowGuest } from '../../../lib/mlflow/guest';
import { readTaskRecord } from '../../../lib/orchestration/task-record';
import { getRun } from '../../../lib/tracking/runs';
import { childRunIdOf, parentRunIdOf } from '../../../lib/tracking/tracked-run-ids';
import { describeWithPython, startPythonCloud, type PythonCloud } from '../../support/python-functions';
import { taskEvent } from '../../support/task-event';

const TRAIN = `
import os
def run(input, context):
    if context.attempt == 0 and input.get("fails"):
        raise ValueError("once")
    tracked = context.tracking
    return {
        "uri": os.environ.get("MLFLOW_TRACKING_URI"),
        "runId": os.environ.get("MLFLOW_RUN_ID"),
        "experimentId": os.environ.get("MLFLOW_EXPERIMENT_ID"),
        "artifact": tracked and tracked.artifact_uri("model/x"),
        "signed": os.environ.get("MLFLOW_TRACKING_AWS_SIGV4"),
    }
`;
const FUNCTION = {
  input: z.object({ fails: z.boolean().optional() }),
  output: z.record(z.string(), z.string().nullable()),
  files: { 'handler.py': TRAIN },
};

let cloud: PythonCloud;
let count = 0;
let runId: string;
beforeEach(() => {
  runId = `run-${++count}`;
});

/** MLflow's API, or nobody. */
let down = false;
const guest: Guest = {
  serves: (path) => mlflowGuest.serves(path),
  handle: async (request, response) => {
    if (down) request.socket.destroy();
    else await mlflowGuest.handle(request, response);
  },
};
afterEach(() => {
  down = false;
});

describeWithPython('tracking from Python', () => {
  beforeAll(async () => {
    cloud = await startPythonCloud(
      {
        train: { ...FUNCTION, tracking: 'required' },
        plain: FUNCTION,
        easy: { ...FUNCTION, tracking: 'best-effort' },
      },
      [guest],
    );
  });
  afterAll(async () => cloud?.remove());

  it('begins the run of the task under that of the pipeline and tells the client which', async () => {
    const event = taskEvent({ runId, input: {} });
    const { value } = await cloud.invoke('train', event);
    const id = childRunIdOf(event.execution, 'train', 'train');
    expect(value).toEqual({
      status: 'success',
      out: {
        uri: cloud.url,
        runId: id,
        experimentId: expect.any(String) as unknown,
        artifact: expect.stringMatching(
          new RegExp(`^s3://millrace-test-data/artifacts/.+/${id}/model/x$`),
        ) as unknown,
        signed: 'false',
      },
    });
    const run = await getRun(id);
    expect(run).toMatchObject({
      status: 'FINISHED',
      runName: 'train',
      endTime: expect.any(Number) as unknown,
    });
    expect(run.tags).toMatchObject({
      'millrace.run': runId,
      'millrace.task': 'train',
      'millrace.codeHash': 'c0de',
      'mlflow.parentRunId': parentRunIdOf(runId),
    });
  });

  it('a failure ends the run as failed, and the retry goes on with it', async () => {
    const first = taskEvent({ runId, input: { fails: true } });
    expect((await cloud.invoke('train', first)).error?.errorType).toBe('ValueError');
    const id = childRunIdOf(first.execution, 'train', 'train');
    expect((await getRun(id)).status).toBe('FAILED');
    const again = await cloud.invoke('train', { ...first, attempt: 1 });
    expect(again.value).toMatchObject({ out: { runId: id } });
    expect((await getRun(id)).status).toBe('FINISHED');
  });

  it('a task without tracking gets none', async () => {
    expect((await cloud.invoke('plain', taskEvent({ runId, input: {} }))).value).toMatchObject({
      out: { runId: null, artifact: null },
    });
  });

  it('a store that does not answer fails the task before the handler runs', async () => {
    down = true;
    const { error } = await cloud.invoke('train', taskEvent({ runId, input: {} }));
    expect(error?.errorType).toBe('Millrace.TrackingUnreachable');
    expect(error?.errorMessage).toContain("The tracking store of task 'train' cannot be reached: 127.0.0.1:");
    expect(await readTaskRecord(runId, 'train')).toMatchObject({
      status: 'failed',
      error: { name: 'Millrace.TrackingUnreachable' },
    });
  });

  it("with tracking: 'best-effort' the task runs, and the client writes to a scratch folder", async () => {
    down = true;
    const { value } = await cloud.invoke('easy', taskEvent({ runId, input: {} }));
    expect(value).toMatchObject({
      status: 'success',
      out: {
        uri: expect.stringMatching(/^file:\/\/.+\/mlruns$/) as unknown,
        runId: null,
        artifact: null,
      },
    });
    // The next attempt in the same process finds the store again.
    down = false;
    const next = taskEvent({ runId: `${runId}-next`, input: {} });
    expect((await cloud.invoke('easy', next)).value).toMatchObject({ out: { uri: cloud.url } });
  });
});
