/** Every end of model-monitoring by what its tasks say; what makes them say it is in test/e2e/deployment.test.ts and test/story. */
import { join } from 'node:path';
import { compile } from '../../lib/compiler/compile';
import { loadPipelines } from '../../lib/dsl/load-pipelines';
import type { Json } from '../../lib/model/json';
import { CompiledRuns } from '../support/run-compiled';

const { pipelines } = loadPipelines(join(__dirname, '..', '..', 'pipelines'));
const { model } = pipelines.find((one) => one.model.id === 'model-monitoring')!;

const runs = new CompiledRuns();
beforeAll(() => runs.open());
afterAll(() => runs.close());

interface Said {
  readonly served?: boolean;
  readonly rows?: number;
  readonly labels?: number;
  readonly drifted?: boolean;
  readonly decayed?: 'accuracy' | 'precision';
  readonly worse?: boolean;
  /** Retrainings of the last hours. */
  readonly lately?: number;
  readonly broken?: string;
}

const params = { hours: 24, labelHours: 168, minimumRows: 100, minimumLabels: 100, alpha: 0.05 };
const others = {
  correction: 'bonferroni',
  maxDrop: 0.05,
  surely: true,
  confidence: 0.99,
  regret: 0.02,
  rest: 12,
};

async function statusesOf(said: Said): Promise<Readonly<Record<string, string>>> {
  const outputs: Readonly<Record<string, Json>> = {
    collect: {
      model: {},
      version: '2',
      rows: said.rows ?? 200,
      current: {},
      labelledRows: said.labels ?? 200,
      labelled: {},
      reference: {},
      heldOut: {},
      target: 'churn',
    },
    'decay/accuracy': { decayed: said.decayed === 'accuracy' },
    'decay/precision': { decayed: said.decayed === 'precision' },
    'decay/against-the-one-before': { worse: said.worse ?? false, reason: 'why' },
    'drift/compare': { drifted: said.drifted ?? false },
    'retrained-lately': { count: said.lately ?? 0, latest: '' },
  };
  const { statuses } = await runs.run(compile(model), { ...params, ...others }, ({ task }) => ({
    seconds: 1,
    out: outputs[task] ?? { messageId: 'm' },
    ...(task === 'collect' && said.served === false ? { status: 'skipped' as const } : {}),
    ...(task === said.broken ? { error: 'Broken' } : {}),
  }));
  return statuses as Readonly<Record<string, string>>;
}

const ENDS = ['take-back', 'retrain', 'give-it-time', 'all-is-well', 'nothing-is-served'];
/** Those that began. Where there is no machine of model-retraining its start fails, which is an end that was taken all the same. */
const endsOf = (statuses: Readonly<Record<string, string>>) =>
  ENDS.filter((id) => ['success', 'failed'].includes(statuses[id] ?? ''));

it.each<[string, Said, string[]]>([
  ['nothing is wrong', {}, ['all-is-well']],
  ['nobody has asked', { rows: 0, labels: 0 }, ['all-is-well']],
  ['a feature drifted', { drifted: true }, ['retrain']],
  ['a feature drifted, and there are no labels', { drifted: true, labels: 0 }, ['retrain']],
  ['accuracy fell', { decayed: 'accuracy' }, ['retrain']],
  ['precision fell, and few have asked lately', { decayed: 'precision', rows: 10 }, ['retrain']],
  ['a feature drifted, soon after a retraining', { drifted: true, lately: 1 }, ['give-it-time']],
  ['nothing is wrong, soon after a retraining', { lately: 2 }, ['all-is-well']],
  ['the version before was better', { worse: true }, ['take-back']],
  ['it was better, soon after a retraining', { worse: true, drifted: true, lately: 1 }, ['take-back']],
  [
    'it was better, and there is drift besides',
    { worse: true, drifted: true, decayed: 'accuracy' },
    ['take-back'],
  ],
  ['no version is served', { served: false }, ['nothing-is-served']],
  ['a comparison fails', { broken: 'decay/accuracy' }, []],
  ['the log cannot be read', { broken: 'collect' }, []],
  ['runs cannot be counted', { broken: 'retrained-lately' }, []],
])('when %s', async (_, said, ends) => {
  const statuses = await statusesOf(said);
  expect([endsOf(statuses), statuses]).toEqual([ends, statuses]);
});
