/** Tasks in Python through the command line; the guide's example is run by test/docs/guides-run. What needs scikit-learn and MLflow's client runs by `npm run check:python`. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { z } from 'zod';
import type { RunView } from '../../lib/cli/run-view';
import type { trainSklearn } from '../../lib/tasks/train-sklearn';
import { millraceIn, ROOT, startDev, type DevServer } from '../support/millrace';
import { describeWithPython, pythonMissing } from '../support/python-functions';
import { temporaryProject } from '../support/temporary-project';

const WORDS = `import { contract, pipeline, task, z } from '../lib';

const summarise = task(
  contract({
    name: 'summarise',
    summary: 'Counts words.',
    runtime: 'python',
    input: z.object({ text: z.string(), least: z.int().default(1) }),
    output: z.object({ words: z.record(z.string(), z.int()), total: z.int() }),
  }),
);
const check = task(
  contract({
    name: 'check-total',
    summary: 'Fails for few words.',
    runtime: 'python',
    input: z.object({ total: z.int() }),
    output: z.object({ enough: z.boolean() }),
  }),
);

export default pipeline(
  {
    id: 'words',
    description: 'Two tasks in Python.',
    params: z.object({ text: z.string().default('a rose is a rose') }),
  },
  ({ params }) => {
    const counted = summarise('summarise', { text: params.text });
    check('check', { total: counted.total }, { retries: 1, retryDelay: 1 });
  },
);
`;
const SUMMARISE = `from collections import Counter

def run(input, context):
    words = Counter(input["text"].split())
    context.log.info("Counted %d words", words.total())
    return {"words": {word: n for word, n in words.items() if n >= input["least"]}, "total": words.total()}
`;
const CHECK = `from millrace import DoNotRetry

def run(input, context):
    if input["total"] < 3:
        raise DoNotRetry(f"{input['total']} words are too few")
    return {"enough": True}
`;

describeWithPython('a pipeline with tasks in Python', () => {
  const project = temporaryProject({
    'pipelines/words.ts': WORDS,
    'lambdas/summarise/handler.py': SUMMARISE,
    'lambdas/check-total/handler.py': CHECK,
  });
  const millrace = millraceIn(project.root, project.state);
  afterAll(() => project.remove());

  it('an error of the handler fails the run under its name, without retries', async () => {
    const { code, value } = await millrace.json('run', 'words', '--params', '{"text":"one two"}');
    expect(code).toBe(1);
    const [first, check] = (value as RunView).tasks;
    expect(first).toMatchObject({ id: 'summarise', state: 'success', out: { total: 2 } });
    expect(check).toMatchObject({
      state: 'failed',
      attempt: 1,
      error: { name: 'Millrace.DoNotRetry', message: '2 words are too few' },
    });
  }, 60_000);

  it('without Python nothing is started, and what is missing is said', async () => {
    const before = process.env['MILLRACE_PYTHON'];
    process.env['MILLRACE_PYTHON'] = join(project.root, 'no-python');
    try {
      const { code, error } = await millrace.refused('run', 'words');
      expect(code).toBe(3);
      expect(error.message).toContain('Tasks in Python need Python 3.10 or newer on this machine (');
      expect(error.message).toContain('no-python does not start');
    } finally {
      if (before === undefined) delete process.env['MILLRACE_PYTHON'];
      else process.env['MILLRACE_PYTHON'] = before;
    }
  }, 60_000);
});

const SKLEARN = `import { ingestCsv, pipeline, prepareFeatures, trainLogisticRegression, trainSklearn, z } from '../lib';
export default pipeline(
  { id: 'two-engines', description: 'The same model by scikit-learn and by millrace.' },
  () => {
    const raw = ingestCsv('ingest', { source: 'raw/german_credit.csv', name: 'credit' });
    const features = prepareFeatures('features', { dataset: raw.dataset, target: 'risk', testSize: 0.2 });
    trainSklearn('sklearn', { train: features.train });
    trainLogisticRegression('millrace', { train: features.train });
    // Its classes are numbers.
    const customers = ingestCsv('customers', { source: 'raw/telecom_churn.csv', name: 'customers' });
    const churn = prepareFeatures('churn', { dataset: customers.dataset, target: 'churn', positive: '1' });
    trainSklearn('sklearn-churn', { train: churn.train });
  },
);
`;
interface Tracked {
  readonly info: { readonly status: string };
  readonly data: {
    readonly metrics: readonly { readonly key: string; readonly value: number }[];
    readonly params: readonly object[];
    readonly tags: readonly object[];
  };
}

const needed = ['sklearn', 'mlflow', 'arro3.io', 'joblib'];
const missing = pythonMissing(...needed);

describeWithPython(
  missing === undefined ? "scikit-learn and MLflow's client" : 'npm run check:python',
  () => {
    const project = temporaryProject({ 'pipelines/two-engines.ts': SKLEARN });
    const millrace = millraceIn(project.root, project.state);
    let server: DevServer;
    beforeAll(async () => {
      server = await startDev(project.root, project.state);
    }, 90_000);
    afterAll(async () => {
      await server.stop();
      project.remove();
    });

    it('trains on the features of the pipeline, and logs where all runs are', async () => {
      const s3 = new S3Client({
        endpoint: server.url,
        region: 'us-east-1',
        forcePathStyle: true,
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      });
      const Bucket = 'millrace-dev-data-000000000000-us-east-1';
      for (const file of ['german_credit.csv', 'telecom_churn.csv']) {
        const Body = readFileSync(join(ROOT, 'data', file));
        await s3.send(new PutObjectCommand({ Bucket, Key: `raw/${file}`, Body }));
      }
      const { code, value } = await millrace.json('run', 'two-engines');
      const run = value as RunView;
      expect([code, run.status, run.tasks.flatMap(({ id, error }) => (error ? [[id, error]] : []))]).toEqual([
        0,
        'success',
        [],
      ]);
      type Trained = z.output<(typeof trainSklearn)['output']>;
      const out = (task: string) => run.tasks.find(({ id }) => id === task)?.out as unknown as Trained;
      const sklearn = out('sklearn');
      expect(sklearn).toMatchObject({ rows: 800, model: { algorithm: 'sklearn.LogisticRegression' } });
      expect(out('sklearn-churn')).toMatchObject({ rows: 2520, model: { classes: ['0', '1'] } });
      expect(out('sklearn-churn').trainAuc).toBeGreaterThan(0.9);
      // Both prepare the columns in their own way.
      expect(Math.abs(sklearn.trainAuc - out('millrace').trainAuc)).toBeLessThan(0.01);

      const answer = await fetch(`${server.url}/api/2.0/mlflow/runs/get?run_id=${sklearn.model.runId}`);
      const { run: tracked } = (await answer.json()) as { run: Tracked };
      expect(tracked.info.status).toBe('FINISHED');
      expect(Object.fromEntries(tracked.data.metrics.map(({ key, value: v }) => [key, v]))['train_auc']).toBe(
        sklearn.trainAuc,
      );
      expect(tracked.data.params).toContainEqual({ key: 'algorithm', value: 'sklearn.LogisticRegression' });
      expect(tracked.data.tags).toContainEqual({ key: 'millrace.run', value: run.runId });

      const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(sklearn.model.uri) ?? [];
      const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const bytes = await object.Body?.transformToByteArray();
      s3.destroy();
      expect(
        createHash('sha256')
          .update(bytes ?? '')
          .digest('hex'),
      ).toBe(sklearn.model.sha256);
    }, 180_000);
  },
  ...needed,
);
