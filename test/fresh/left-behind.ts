/** What each shipped pipeline leaves when it is the first thing that runs. Each check says it in words, or throws. */
import assert from 'node:assert/strict';
import type { ConnectionView } from '../../lib/cli/connection-queries';
import type { DeploymentView } from '../../lib/cli/deployment-queries';
import type { ModelView } from '../../lib/cli/model-queries';
import type { RunListing } from '../../lib/orchestration/run-record';

export interface Left {
  readonly code: number | null;
  readonly stderr: string;
  readonly error: { readonly message: string } | undefined;
  readonly status: string | undefined;
  readonly tasks: Readonly<Record<string, string>>;
  readonly out: Readonly<Record<string, unknown>>;
  readonly runs: readonly RunListing[];
  readonly models: readonly ModelView[];
  readonly endpoints: readonly DeploymentView[];
  readonly connections: readonly ConnectionView[];
}

type Check = (left: Left) => string;

function succeeded({ code, status, error, stderr }: Left): void {
  assert.equal(code, 0, `exit code ${code}, ${status ?? error?.message ?? ''}\n${stderr.slice(-2000)}`);
  assert.equal(status, 'success');
}

/** One version of a model, with its metric within bounds. */
const registers =
  (name: string, metric: string, low: number, high: number, alias?: string): Check =>
  (left) => {
    succeeded(left);
    const model = left.models.find((one) => one.name === name);
    assert.ok(model, `no model ${name}`);
    const value = Number(model.versions[0]?.tags[`test_${metric}`]);
    assert.ok(value >= low && value <= high, `${metric} of ${name} is ${value}`);
    if (alias !== undefined) assert.equal(model.aliases[alias], '1');
    return `${name} version 1${alias === undefined ? '' : ` is ${alias}`}, ${metric} ${value.toFixed(3)}`;
  };

/** Pipelines of which runs have ended well, the given one among others. */
function ran({ runs }: Left, ...pipelines: string[]): void {
  const well = new Set(runs.filter(({ status }) => status === 'success').map(({ pipeline }) => pipeline));
  assert.deepEqual(
    pipelines.filter((id) => !well.has(id)),
    [],
  );
}

function serves({ endpoints }: Left, version: string): void {
  assert.deepEqual(
    endpoints.map(({ endpoint, stable }) => [endpoint, stable]),
    [['churn', version]],
  );
}

/** What programs beside a run have given is taken back. */
function tookBack({ connections }: Left): void {
  assert.deepEqual(
    connections.filter(({ state }) => state === 'set'),
    [],
  );
}

export const LEFT_BEHIND: Readonly<Record<string, Check>> = {
  'iris-training': registers('iris', 'accuracy', 0.89, 1),
  'credit-risk': (left) => {
    const text = registers('credit-risk', 'auc', 0.7, 0.9, 'champion')(left);
    assert.equal(left.tasks['model-card'], 'success');
    return `${text}; a model card`;
  },
  churn: registers('churn', 'auc', 0.95, 0.9999, 'champion'),
  'demand-forecast': (left) => {
    const text = registers('demand-forecast', 'r2', 0.7, 0.99)(left);
    assert.equal((left.out['predict'] as { readonly rows: number }).rows, 24);
    return `${text}; 24 hours are forecast`;
  },
  'parallel-training': (left) => {
    const text = registers('parallel-training', 'auc', 0.74, 0.85)(left);
    // There is no Python on the PATH.
    assert.equal(left.tasks['train/scikit-learn'], 'skipped');
    return `${text}; without the candidate in Python`;
  },
  'grid-search': registers('grid-search', 'auc', 0.7, 0.85),
  'model-lifecycle': registers('customer-lifecycle', 'accuracy', 0.9, 0.999, 'champion'),
  'model-deployment': (left) => {
    succeeded(left);
    ran(left, 'churn', 'model-deployment');
    serves(left, '1');
    assert.deepEqual([left.tasks['promote'], left.tasks['refused']], ['success', 'skipped']);
    const push = left.out['push'] as { readonly pushed: boolean };
    assert.equal(push.pushed, false);
    return 'the endpoint churn serves version 1; the push is marked as not done here';
  },
  'model-monitoring': (left) => {
    succeeded(left);
    ran(left, 'churn', 'model-deployment', 'model-monitoring');
    serves(left, '1');
    const { rows, labelledRows } = left.out['collect'] as { rows: number; labelledRows: number };
    assert.deepEqual([rows, labelledRows], [200, 200]);
    const ends = ['all-is-well', 'retrain', 'take-back'].filter((id) => left.tasks[id] === 'success');
    assert.equal(ends.length, 1);
    return `200 requests and their labels were looked at: ${ends[0]}`;
  },
  'model-retraining': (left) => {
    succeeded(left);
    ran(left, 'churn', 'model-deployment', 'data-ingestion', 'model-retraining');
    const ends = ['promote', 'alert'].filter((id) => left.tasks[id] === 'success');
    assert.equal(ends.length, 1);
    assert.equal(left.models.find(({ name }) => name === 'churn')?.versions.length, 2);
    tookBack(left);
    return `version 2 of churn was compared with version 1: ${ends[0]}`;
  },
  'data-ingestion': (left) => {
    succeeded(left);
    assert.equal((left.out['publish'] as { readonly rows: number }).rows, 3150);
    tookBack(left);
    return '3150 customers of a file, an API and a database are published';
  },
  'feature-refresh': registers('demand-hourly', 'r2', 0.7, 0.99),
  // There is no Python on the PATH.
  'deep-training': (left) => {
    assert.equal(left.code, 3);
    assert.match(left.error?.message ?? '', /There is no Python 3\.9 or newer here/);
    assert.deepEqual([left.runs, left.models], [[], []]);
    return 'says that Python is missing, and starts nothing';
  },
};
