/** A compiled pipeline, written by hand so that these tests need neither DSL nor compiler. */
import type { CompiledPipeline } from '../../../lib/compiler/compile';
import type { FunctionSpec } from '../../../lib/compiler/functions';

export function functionSpec(props: Partial<FunctionSpec> & { key: string }): FunctionSpec {
  const pascal = props.key.replace(/(^|-)(\w)/g, (_match, _dash, letter: string) => letter.toUpperCase());
  return {
    substitution: `Fn${pascal}`,
    contract: props.key,
    handler: `lambdas/${props.key}`,
    memoryMb: 512,
    ephemeralMb: 512,
    timeoutSeconds: 300,
    native: [],
    access: [],
    environment: {},
    tasks: [props.key],
    ...props,
  };
}

export const INGEST = functionSpec({
  key: 'ingest-csv',
  native: ['duckdb'],
  ephemeralMb: 2048,
  access: [
    { store: 'objects', mode: 'read', prefix: 'raw/' },
    { store: 'objects', mode: 'write', prefix: 'datasets/churn/' },
  ],
});
export const TRAIN = functionSpec({
  key: 'train-model',
  memoryMb: 1769,
  timeoutSeconds: 840,
  environment: { OMP_NUM_THREADS: '1' },
  access: [
    { store: 'objects', mode: 'write', prefix: 'artifacts/' },
    { store: 'tracking', mode: 'write' },
  ],
});
/** The same access as `TRAIN`, declared in another order. */
export const EVALUATE = functionSpec({
  key: 'evaluate',
  access: [
    { store: 'tracking', mode: 'write' },
    { store: 'objects', mode: 'write', prefix: 'artifacts/' },
  ],
});
export const NOTIFY = functionSpec({ key: 'notify', access: [{ store: 'alarms', mode: 'publish' }] });
export const COMPARE = functionSpec({ key: 'compare', access: [{ store: 'tracking', mode: 'read' }] });

export function compiledPipeline(
  id = 'churn',
  functions: readonly FunctionSpec[] = [INGEST, TRAIN, EVALUATE, NOTIFY, COMPARE],
): CompiledPipeline {
  const task = (name: string, next: string) => ({
    Type: 'Task' as const,
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: `\${${name}}`, Payload: {} },
    Output: {},
    Next: next,
  });
  const names = functions.map((spec) => spec.key);
  return {
    id,
    description: 'Predicts which customers leave.',
    definition: {
      Comment: id,
      QueryLanguage: 'JSONata',
      StartAt: 'Begin',
      TimeoutSeconds: 3600,
      States: {
        Begin: task('Begin', names[0] ?? 'Finish'),
        ...Object.fromEntries(
          functions.map((spec, i) => [spec.key, task(spec.substitution, names[i + 1] ?? 'Finish')]),
        ),
        Finish: task('Finish', 'Succeeded'),
        Succeeded: { Type: 'Succeed' },
      },
    },
    functions,
    jobs: [],
    tasks: functions.map((spec, i) => ({
      id: spec.key,
      state: spec.key,
      kind: 'task',
      contract: spec.contract,
      needs: i === 0 ? [] : [names[i - 1] ?? ''],
      functionKey: spec.key,
    })),
    gates: [],
    integrations: [],
    plan: { kind: 'series', parts: names.map((name) => ({ kind: 'task', id: name })) } as never,
    notices: [],
  };
}
