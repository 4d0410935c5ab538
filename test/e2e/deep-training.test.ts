/** deep-training: both ends of its branch, a training that is killed and taken up again, and a machine without Python. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { getVersion, listVersions } from '../../lib/tracking/model-versions';
import { metricHistory } from '../../lib/tracking/metrics';
import { ROOT } from '../support/millrace';
import { startPipelinesCloud, type EndedRun, type PipelinesCloud } from '../support/pipelines-cloud';
import { temporaryProject } from '../support/temporary-project';

const FOLDERS = ['pipelines/deep-training', 'pipelines/python'];
const python = [process.env['MILLRACE_PYTHON'], 'python3', 'python'].find(
  (name) => name !== undefined && spawnSync(name, ['-c', '0']).status === 0,
);

describe('run.mjs', () => {
  it('says what is missing where there is no Python', () => {
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['pipelines/python/run.mjs', ...args], {
        cwd: ROOT,
        env: { PATH: '', MILLRACE_PYTHON: 'mine' },
        encoding: 'utf8',
      });
    expect(run('pipelines/deep-training/train.py')).toMatchObject({
      status: 69,
      stderr:
        'There is no Python 3.9 or newer here (tried: mine, python3, python), and pipelines/deep-training/train.py is in Python. Install one, or name it in MILLRACE_PYTHON.\n',
    });
    expect(run('--needs', 'sklearn,onnx', 'pipelines/parallel-training/train.py')).toMatchObject({
      status: 69,
      stderr:
        'There is no Python 3.9 or newer with sklearn, onnx here (tried: mine, python3, python), and pipelines/parallel-training/train.py is in Python. Install one, or name it in MILLRACE_PYTHON: pip install -r pipelines/parallel-training/requirements.txt\n',
    });
  });
});

interface Trained {
  readonly history: readonly { readonly step: number; readonly metrics: Readonly<Record<string, number>> }[];
  readonly resumedFrom: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly file: { readonly uri: string; readonly sha256: string };
}

(python === undefined ? describe.skip : describe)('deep-training (skipped without Python)', () => {
  const texts = [
    ...FOLDERS.flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`)),
    'pipelines/deep-training.ts',
  ];
  const project = temporaryProject(
    Object.fromEntries(
      texts
        .filter((path) => /\.(?:py|mjs|ts)$/.test(path))
        // Retries after seconds in place of many.
        .map((path) => [
          path,
          readFileSync(join(ROOT, path), 'utf8').replace('retryDelay: 5', 'retryDelay: 1'),
        ]),
    ),
  );
  let at: PipelinesCloud;
  beforeAll(async () => {
    at = await startPipelinesCloud({ projectRoot: project.root });
    await at.upload('iris.csv');
  }, 180_000);
  afterAll(async () => {
    await at.stop();
    project.remove();
  });

  /** What the container gave: with a long history it is an object of its own. */
  const trainedBy = async (run: EndedRun): Promise<Trained> => {
    const { $offloaded } = (run.outputs['train'] as { history: { $offloaded: { key: string } } }).history;
    return JSON.parse(await at.objects.getText($offloaded.key)) as Trained;
  };
  const modelOf = (run: EndedRun) => (run.outputs['log'] as { model: { runId: string; uri: string } }).model;

  let whole: EndedRun;
  const EPOCHS = 150;

  it('registers a good network; loss and accuracy of every epoch are in tracking', async () => {
    whole = await at.run('deep-training', { epochs: EPOCHS });
    expect({ status: whole.status, errors: whole.errors }).toEqual({ status: 'success', errors: {} });
    expect(whole.tasks).toMatchObject({ register: 'success', alert: 'skipped' });
    const { history, metrics, resumedFrom } = await trainedBy(whole);
    const { runId, uri } = modelOf(whole);
    expect(resumedFrom).toBe(0);
    for (const name of ['train_loss', 'train_accuracy', 'validation_loss', 'validation_accuracy'])
      expect((await metricHistory(runId, name)).map(({ step, value }) => [step, value])).toEqual(
        history.map(({ step, metrics: of }) => [step, of[name]]),
      );
    expect(history.map(({ step }) => step)).toEqual(Array.from({ length: EPOCHS }, (_, i) => i + 1));
    expect(history.at(-1)?.metrics['train_loss']).toBeLessThan((history[0]?.metrics['train_loss'] ?? 0) / 4);
    // What is registered scores the flowers as the report says.
    const version = await getVersion('flowers-network', '1');
    expect(version.source).toBe(uri);
    expect(Number(version.tags['test_accuracy'])).toBe(metrics['accuracy']);
    const network = JSON.parse(await at.objects.getText(`${uri}network.json`)) as Network;
    expect(accuracyOn(network, readFileSync(join(ROOT, 'data', 'iris.csv'), 'utf8'))).toBeGreaterThan(0.93);
  }, 120_000);

  it('goes on from its checkpoint when its process is killed: the same network comes of it', async () => {
    const runId = await at.launch('deep-training', { epochs: EPOCHS });
    const killed = await killAfterCheckpoint(at, runId);
    const run = await at.ended(runId);
    expect({ status: run.status, errors: run.errors }).toEqual({ status: 'success', errors: {} });
    const { resumedFrom, history, file } = await trainedBy(run);
    expect(resumedFrom).toBeGreaterThanOrEqual(killed);
    const uninterrupted = await trainedBy(whole);
    expect(history).toEqual(uninterrupted.history);
    expect(file.sha256).toBe(uninterrupted.file.sha256);
  }, 120_000);

  it('tells people of a weak one, and registers nothing', async () => {
    const before = await listVersions('flowers-network');
    const run = await at.run('deep-training', { epochs: 1, hidden: 1, learningRate: 0.001 });
    expect(run.tasks).toMatchObject({ register: 'skipped', alert: 'success' });
    expect(at.subjects()).toContain('deep-training: the network is too weak');
    expect(await listVersions('flowers-network')).toEqual(before);
  }, 120_000);

  it('fails when a column is no number, and the log says which; nothing is registered', async () => {
    const before = await listVersions('flowers-network');
    const [head = '', ...lines] = readFileSync(join(ROOT, 'data', 'iris.csv'), 'utf8')
      .trimEnd()
      .split('\n');
    await at.upload('garden.csv', [`garden,${head}`, ...lines.map((line) => `kew,${line}`)].join('\n'));
    const run = await at.run('deep-training', { source: 'raw/garden.csv', epochs: 1 });
    expect(run.status).toBe('failed');
    expect(run.tasks).toMatchObject({
      train: 'failed',
      register: 'upstream_failed',
      alert: 'upstream_failed',
    });
    const logs = new CloudWatchLogsClient({});
    const { events = [] } = await logs.send(
      new FilterLogEventsCommand({
        logGroupName: '/millrace/dev/deep-training/job-train',
        filterPattern: '"numbers only"',
      }),
    );
    logs.destroy();
    expect(events[0]?.message).toContain('kew');
    expect(await listVersions('flowers-network')).toEqual(before);
  }, 120_000);
});

/** Kills the Python process of a run once it has written a checkpoint; returns the epoch of that. */
async function killAfterCheckpoint(at: PipelinesCloud, runId: string): Promise<number> {
  const logs = new CloudWatchLogsClient({});
  const end = Date.now() + 60_000;
  try {
    while (Date.now() < end) {
      const { events = [] } = await logs
        .send(new FilterLogEventsCommand({ logGroupName: '/millrace/dev/deep-training/job-train' }))
        .catch(() => ({ events: [] }));
      const lines = events.map(({ message = '' }) => message);
      const last = lines.findLastIndex((line) => line.includes('; process '));
      const epoch = lines.slice(last).findLast((line) => /epoch \d+:/.test(line));
      const [checkpoint] = await at.objects.list(`checkpoints/deep-training/${runId}/`);
      if (checkpoint !== undefined && epoch !== undefined) {
        process.kill(Number(/process (\d+)/.exec(lines[last] ?? '')?.[1]), 'SIGKILL');
        return Number(/epoch (\d+):/.exec(epoch)?.[1]);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  } finally {
    logs.destroy();
  }
  throw new Error('There was no checkpoint within a minute.');
}

interface Network {
  readonly features: readonly string[];
  readonly classes: readonly string[];
  readonly means: readonly number[];
  readonly deviations: readonly number[];
  readonly weights: {
    readonly w1: readonly (readonly number[])[];
    readonly b1: readonly number[];
    readonly w2: readonly (readonly number[])[];
    readonly b2: readonly number[];
  };
}

function accuracyOn({ features, classes, means, deviations, weights }: Network, csv: string): number {
  const [head = '', ...lines] = csv.trimEnd().split('\n');
  const names = head.trim().split(',');
  const layer = (row: readonly number[], w: Network['weights']['w1'], b: readonly number[]) =>
    b.map((bias, j) => row.reduce((sum, value, i) => sum + value * (w[i]?.[j] ?? 0), bias));
  const right = lines.filter((line) => {
    const cells = line.trim().split(',');
    const row = features.map((name, i) => (Number(cells[names.indexOf(name)]) - means[i]!) / deviations[i]!);
    const logits = layer(layer(row, weights.w1, weights.b1).map(Math.tanh), weights.w2, weights.b2);
    return classes[logits.indexOf(Math.max(...logits))] === cells[names.indexOf('species')];
  });
  return right.length / lines.length;
}
