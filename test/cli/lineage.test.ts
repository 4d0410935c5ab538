import { createExperiment } from '../../lib/tracking/experiments';
import { logInput } from '../../lib/tracking/inputs';
import { createVersion, type NewVersion } from '../../lib/tracking/model-versions';
import { promote } from '../../lib/tracking/promotion';
import { createRun } from '../../lib/tracking/runs';
import { startTrackingEndpoint, type TrackingEndpoint } from '../support/tracking-endpoint';

let millrace: TrackingEndpoint;
const run = 'a'.repeat(32);
const idle = 'b'.repeat(32);
const [train, test] = ['1234'.repeat(16), '5678'.repeat(16)] as [string, string];

const dataset = (sha256: string, context: string) => ({
  name: `wine-${context}`,
  sha256,
  digest: sha256.slice(0, 36),
  uri: `s3://b/${sha256}.parquet`,
  context,
});

beforeAll(async () => {
  millrace = await startTrackingEndpoint();
  const { id } = await createExperiment('wine');
  for (const runId of [run, idle]) {
    await createRun({ runId, experimentId: id, runName: 'forest "1"', startTime: 1, tags: {} });
    await logInput(runId, dataset(train, 'training'));
  }
  await logInput(run, dataset(test, 'test'));
  const version: NewVersion = {
    name: 'wine',
    source: 's3://b/model/',
    runId: run,
    by: 'me',
    idempotencyKey: '1',
    lineage: {
      pipeline: 'wine',
      logicalRun: 'wine--manual--1',
      task: 'register',
      execution: 'arn:aws:states:us-east-1:000000000000:execution:m:x1',
      commit: 'abc123',
      dirty: true,
      codeHash: 'c0de',
      datasets: [dataset(train, 'training'), dataset(test, 'test')],
    },
  };
  await createVersion(version);
  await promote({
    name: 'wine',
    version: '1',
    stage: 'Production',
    alias: 'champion',
    archiveExisting: true,
    reason: '',
    by: 'me',
  });
});
afterAll(async () => millrace.stop());

const text = async (what: string) => (await millrace.run('lineage', what)).stdout;

describe('millrace lineage', () => {
  const ofVersion = `version wine/1 (Production, champion)
├─ from code abc123 (with changes)
├─ from execution x1
├─ from pipeline run wine--manual--1
└─ from run aaaaaaaa forest "1" (wine)
   ├─ from dataset 567856785678 wine-test (test)
   └─ from dataset 123412341234 wine-training (training)
`;

  it('leads from a version back to run, data, code and execution', async () => {
    expect(await text('wine/1')).toBe(ofVersion);
    expect(await text('wine@champion')).toBe(ofVersion);
  });

  it('leads from a run to its data and to the versions made from it', async () => {
    expect(await text('aaaaaa')).toBe(`run aaaaaaaa forest "1" (wine)
├─ from dataset 567856785678 wine-test (test)
├─ from dataset 123412341234 wine-training (training)
└─ to version wine/1 (Production, champion)
`);
  });

  it('leads from a dataset to the runs that read it and on to the versions', async () => {
    expect(await text(train)).toBe(`dataset 123412341234 wine-training (training)
├─ to run aaaaaaaa forest "1" (wine)
│  └─ to version wine/1 (Production, champion)
└─ to run bbbbbbbb forest "1" (wine)
`);
  });

  it('is drawn by mermaid', async () => {
    const { stdout } = await millrace.run('lineage', 'aaaaaa', '--format', 'mermaid');
    expect(stdout).toBe(`flowchart LR
  n0(["run aaaaaaaa forest #34;1#34; (wine)"])
  n1[("dataset 567856785678 wine-test (test)")]
  n2[("dataset 123412341234 wine-training (training)")]
  n3[["version wine/1 (Production, champion)"]]
  n1 --> n0
  n2 --> n0
  n0 --> n3
  style n0 stroke-width:3px
`);
  });

  it('is a graph as JSON', async () => {
    expect(await millrace.json('lineage', idle)).toEqual({
      start: `run:${idle}`,
      nodes: [
        { kind: 'run', id: idle, name: 'forest "1"', detail: { experiment: 'wine', status: 'RUNNING' } },
        expect.objectContaining({ kind: 'dataset', id: train, name: 'wine-training' }),
      ],
      edges: [{ from: `dataset:${train}`, to: `run:${idle}` }],
    });
  });

  it.each([
    ['wine/9', 'version=9) not found'],
    ['wnie/1', "There is no registered model 'wnie'"],
    ['wine@challenger', "No version of wine has the alias 'challenger'"],
    ['fffffff', "Neither a run nor a dataset begins with 'fffffff'"],
  ])('refuses %s', async (what, message) => {
    const { code, stderr } = await millrace.run('lineage', what);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
