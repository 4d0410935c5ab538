/** The candidate in Python of parallel-training: scikit-learn fits it, and it is scored here. `npm run check:python` has the packages. */
import { readParquet } from '../../lib/data/read-parquet';
import { rawColumns, targetOf } from '../../lib/ml/feature-data';
import { classificationMetricsOf } from '../../lib/ml/metrics';
import { scoreOnnx } from '../../lib/ml/onnx/score';
import { readSignature } from '../../lib/serving/signature';
import type { Evaluation, FeatureSet, ModelRef } from '../../lib/tasks/dataset';
import { metricHistory } from '../../lib/tracking/metrics';
import { getRun } from '../../lib/tracking/runs';
import { startPipelinesCloud, type PipelinesCloud } from '../support/pipelines-cloud';
import { describeWithPython } from '../support/python-functions';

describeWithPython(
  'parallel-training with scikit-learn',
  () => {
    let at: PipelinesCloud;
    beforeAll(async () => {
      at = await startPipelinesCloud();
      await at.upload('german_credit.csv');
    }, 180_000);
    afterAll(() => at.stop());

    it('learns in Python, and competes with the others', async () => {
      const run = await at.run('parallel-training');
      expect({ status: run.status, errors: run.errors }).toEqual({ status: 'success', errors: {} });
      expect(new Set(Object.values(run.tasks))).toEqual(new Set(['success']));
      const { model } = run.outputs['train/network'] as { model: ModelRef };
      const { evaluations } = await whole<{ evaluations: Evaluation[] }>(run.outputs['evaluate']);
      const own = evaluations.find((one) => one.model.name === 'scikit-learn-network');
      expect(own?.metrics.auc).toBeGreaterThan(0.74);
      expect(own?.metrics.auc).toBeLessThan(0.87);
      expect(evaluations).toHaveLength(6);

      // What scikit-learn says of the rows it learned from is what its file gives here.
      const { train } = run.outputs['preprocess'] as { train: FeatureSet };
      const table = await readParquet(await at.objects.getBytes(train.dataset.uri), train.dataset.columns);
      const scores = scoreOnnx(
        await at.objects.getBytes(`${model.uri}model.onnx`),
        rawColumns(table, [train.target]),
      );
      const { metrics } = classificationMetricsOf(targetOf(table, train.target, train.classes), scores);
      const logged = await getRun(model.runId);
      expect(metrics.auc).toBeCloseTo(logged.metrics['train_auc'] ?? 0, 5);
      expect(metrics.accuracy).toBeCloseTo(logged.metrics['train_accuracy'] ?? 0, 9);
      const losses = (await metricHistory(model.runId, 'train_loss')).map(({ value }) => value);
      expect(losses).toHaveLength(40);
      expect(losses.at(-1)).toBeLessThan(losses[0]! * 0.8);
      const { inputs, outputs } = readSignature(await at.objects.getText(`${model.uri}MLmodel`), 'MLmodel');
      expect(inputs).toHaveLength(20);
      expect(outputs.map(({ name }) => name)).toEqual(['label', 'probability_good', 'probability_bad']);
    }, 150_000);

    /** With six models the evaluations are an object of their own. */
    async function whole<T>(out: unknown): Promise<T> {
      const { $offloaded } = (out as { evaluations?: { $offloaded?: { key: string } } }).evaluations ?? {};
      return $offloaded === undefined
        ? (out as T)
        : (JSON.parse(await at.objects.getText($offloaded.key)) as T);
    }
  },
  'sklearn',
  'skl2onnx',
  'pyarrow',
);
