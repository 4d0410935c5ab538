/** A model of scikit-learn that a container wrote: logged, evaluated beside others, described by a card. */
import '../support/quiet-telemetry';
import { createHash } from 'node:crypto';
import { handler as evaluateModels } from '../../lambdas/evaluate-models/handler';
import { handler as logTraining } from '../../lambdas/log-training/handler';
import { handler as prepareFeatures } from '../../lambdas/prepare-features/handler';
import { handler as writeModelCard } from '../../lambdas/write-model-card/handler';
import { DoNotRetry } from '../../lib/model/errors';
import { InvalidModel } from '../../lib/ml/onnx/invalid-model';
import type { Json } from '../../lib/model/json';
import { readSignature } from '../../lib/serving/signature';
import { ensureExperiment } from '../../lib/tracking/experiments';
import { listRuns } from '../../lib/tracking/runs';
import { cases } from '../ml/fixtures/onnx-models.json';
import { outputOf, readText, storeDataset, testObjects } from '../support/learned';
import { startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

type Named = Json & { readonly [name: string]: Json };
interface Logged {
  readonly model: Named & { readonly uri: string; readonly runId: string };
}

/** Of amount, age and town, two classes. */
const made = Buffer.from(cases.find(({ name }) => name === 'numbers and texts')!.model, 'base64');
const CLASSES = ['stays', 'leaves'];

async function features(): Promise<{ readonly train: Named; readonly test: Named }> {
  const rows = Array.from({ length: 60 }, (_, row) => row);
  const dataset = await storeDataset('people', {
    amount: ['number', rows.map((row) => (row % 9 === 0 ? null : ((row * 7) % 13) / 4 - 1))],
    age: ['number', rows.map((row) => ((row * 5) % 11) / 4 - 1)],
    town: ['string', rows.map((row) => ['a', 'b', 'c'][row % 3]!)],
    left: ['string', rows.map((row) => CLASSES[(row >> 1) % 2]!)],
  });
  return outputOf(prepareFeatures, 'features', { dataset, target: 'left', positive: 'leaves' });
}

async function log(body: Buffer, given: { readonly [name: string]: Json } = {}): Promise<Logged> {
  const name = 'model.onnx';
  const { uri } = await testObjects().putBytes(`checkpoints/credit-risk/x/${name}`, body);
  return outputOf<Logged>(logTraining, 'log', {
    name: 'network',
    algorithm: 'sklearn.LogisticRegression',
    history: [{ step: 1, metrics: { train_loss: 0.5 } }],
    file: { uri, sha256: createHash('sha256').update(body).digest('hex'), bytes: body.length },
    classes: CLASSES,
    ...given,
  });
}

describe('log-training with a model.onnx', () => {
  it('leaves a folder that is evaluated and described like any other', async () => {
    const { train, test } = await features();
    const { model } = await log(made, { train });
    const { inputs, outputs } = readSignature(await readText({ uri: `${model.uri}MLmodel` }), 'MLmodel');
    expect(inputs.map(({ name, type }) => [name, type])).toEqual([
      ['amount', 'double'],
      ['age', 'double'],
      ['town', 'string'],
    ]);
    expect(outputs.map(({ name }) => name)).toEqual(['label', 'probability_stays', 'probability_leaves']);
    const example = JSON.parse(await readText({ uri: `${model.uri}input_example.json` })) as {
      data: unknown[];
    };
    expect(example.data).toHaveLength(5);

    const { evaluations } = await outputOf<{ evaluations: { model: Named; metrics: { rows: number } }[] }>(
      evaluateModels,
      'evaluate',
      { models: [null, model, null], test },
    );
    expect(evaluations.map((one) => [one.model['name'], one.metrics.rows])).toEqual([
      ['network', (test['dataset'] as { rows: number }).rows],
    ]);
    const card = await outputOf<{ importances: { column: string }[]; json: Json }>(writeModelCard, 'card', {
      model,
      train,
      test,
    });
    expect(card.importances.map(({ column }) => column).sort()).toEqual(['age', 'amount', 'town']);
    const { shap, learning } = JSON.parse(await readText(card.json)) as { shap: []; learning: [] };
    expect([shap, learning]).toEqual([[], []]);
  });

  it('refuses a model that is cut short, or has other outputs, before a run is begun', async () => {
    const { train } = await features();
    const { id } = await ensureExperiment('credit-risk');
    const count = async () => (await listRuns(id)).length;
    const before = await count();
    await expect(log(made.subarray(0, 200), { train })).rejects.toThrow(InvalidModel);
    await expect(log(made, { train, classes: ['a', 'b', 'c'] })).rejects.toThrow(
      'The model that the container wrote gives 2 values for a row; a probability for each of a, b, c is needed.',
    );
    await expect(
      log(made, {
        train,
        file: {
          uri: 's3://millrace-test-data/checkpoints/credit-risk/x/model.onnx',
          sha256: '0'.repeat(64),
          bytes: 1,
        },
      }),
    ).rejects.toThrow('is not what the container wrote');
    expect(await count()).toBe(before);
  });

  it('is not evaluated when nothing was trained', async () => {
    const { test } = await features();
    await expect(outputOf(evaluateModels, 'evaluate', { models: [null], test })).rejects.toThrow(DoNotRetry);
  });
});
