/** The example with all kinds of tasks: what is in it, that it can be deployed, and that services know what they are asked. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesise, type SynthesisResult } from '../../lib/cloud/synthesise';
import type { Compute } from '../../lib/model/compute';
import { withMapped } from '../../lib/model/edges';
import type { PipelineModel } from '../../lib/model/pipeline';
import type { QueryEngine } from '../../lib/model/query-task';
import type { Schedule, Trigger } from '../../lib/model/schedule';
import type { TaskNode, TriggerRule } from '../../lib/model/task-node';
import { argumentFaults, integrationOf } from '../support/integration-models';
import { ROOT } from '../support/millrace';

/** All of each: the type system asks for those that are missing. */
const KINDS: Readonly<Record<TaskNode['kind'], true>> = {
  task: true, branch: true, choose: true, 'short-circuit': true, wait: true, approval: true, trigger: true, call: true,
  container: true, query: true, empty: true, map: true,
}; // prettier-ignore
const SERVICES: Readonly<Record<Compute['service'], true>> = { fargate: true, batch: true, sagemaker: true, kubernetes: true }; // prettier-ignore
const ENGINES: Readonly<Record<QueryEngine, true>> = { athena: true, redshift: true, aurora: true };
const RULES: Readonly<Record<TriggerRule, true>> = {
  all_success: true, all_failed: true, all_done: true, all_skipped: true, one_failed: true, one_success: true, one_done: true,
  all_done_min_one_success: true, none_failed: true, none_failed_min_one_success: true, none_skipped: true, always: true,
}; // prettier-ignore
const all = (of: Readonly<Record<string, true>>): string[] => Object.keys(of).sort();
const seen = (values: readonly (string | undefined)[]): string[] =>
  [...new Set(values.filter((value) => value !== undefined))].sort();

interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Arguments?: unknown;
  readonly Branches?: readonly { readonly States: States }[];
  readonly ItemProcessor?: { readonly States: States };
}
type States = Readonly<Record<string, State>>;

const base = mkdtempSync(join(tmpdir(), 'millrace-kinds-'));
const project = join(base, 'project');
const outdir = join(base, 'out');
const commit = process.env['GIT_COMMIT'];
let result: SynthesisResult;
let models: PipelineModel[];
let machines: States[];
const tasks = (): TaskNode[] => models.flatMap((model) => withMapped(model.tasks));

beforeAll(async () => {
  process.env['GIT_COMMIT'] = 'c'.repeat(40);
  cpSync(join(ROOT, 'examples', 'every-task-kind'), project, { recursive: true });
  // As it is with the package installed.
  mkdirSync(join(project, 'node_modules'));
  symlinkSync(ROOT, join(project, 'node_modules', 'millrace'), 'dir');
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (!existsSync(join(project, 'node_modules', name)))
      symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
  // What cdk-nag or CloudFormation's rules object to is thrown.
  result = await synthesise({
    outdir,
    projectRoot: project,
    validate: true,
    context: { 'kubernetes-cluster': 'analytics' },
  });
  const { loadPipelines } = await import('../../lib/dsl/load-pipelines');
  models = loadPipelines(join(project, 'pipelines')).pipelines.map(({ model }) => model);
  machines = result.summary.pipelines.map(({ stack }) => {
    const { Resources } = JSON.parse(readFileSync(join(outdir, `${stack}.template.json`), 'utf8')) as {
      Resources: Record<string, { Type: string; Properties: { DefinitionString: string } }>;
    };
    const machine = Object.values(Resources).find(({ Type }) => Type === 'AWS::StepFunctions::StateMachine');
    return (JSON.parse(machine?.Properties.DefinitionString ?? '{}') as { States: States }).States;
  });
}, 120_000);
afterAll(() => {
  if (commit === undefined) delete process.env['GIT_COMMIT'];
  else process.env['GIT_COMMIT'] = commit;
  rmSync(base, { recursive: true, force: true });
});

it('is synthesised without faults, valid and as cdk-nag wants it', () => {
  expect(result.summary.failures).toEqual([]);
  expect(result.warnings).toEqual([]);
  expect(result.summary.pipelines.map(({ id }) => id)).toEqual(['every-kind', 'every-order', 'every-start']);
});

it('has every kind of task, every service, every trigger rule', () => {
  expect(seen(tasks().map(({ kind }) => kind))).toEqual(all(KINDS));
  const services = (kind: 'task' | 'container', python?: boolean) =>
    seen(
      tasks().map((task) =>
        task.kind === kind && (task.kind === 'container' || (task.python !== undefined) === python)
          ? task.compute?.service
          : undefined,
      ),
    );
  expect(services('container')).toEqual(all(SERVICES));
  expect(seen([...services('task', false), ...services('task', true)])).toEqual([
    'batch',
    'fargate',
    'kubernetes',
  ]);
  expect(seen(tasks().map((task) => (task.kind === 'query' ? task.engine : undefined)))).toEqual(
    all(ENGINES),
  );
  expect(seen(tasks().map(({ triggerRule }) => triggerRule))).toEqual(all(RULES));
  expect(new Set(tasks().flatMap((task) => (task.kind === 'map' ? [task.mode] : [])))).toEqual(
    new Set(['inline', 'distributed']),
  );
  expect(new Set(tasks().flatMap((task) => (task.kind === 'trigger' ? [task.wait] : [])))).toEqual(
    new Set([false, true]),
  );
});

it('has what starts and bounds runs', () => {
  const start = models.find(({ id }) => id === 'every-start');
  expect(start).toMatchObject({
    schedule: { kind: 'cron', timeZone: 'Europe/Berlin' } satisfies Partial<Schedule>,
    triggers: [
      { kind: 'object-created' },
      { kind: 'dataset' },
      { kind: 'dataset', per: 'key' },
    ] satisfies Partial<Trigger>[],
    catchup: true,
    dependsOnPast: true,
    maxActiveRuns: 1,
    failureMode: 'failFast',
    alerts: { deadline: { from: 'logical-date' } },
  });
  expect(models.find(({ id }) => id === 'every-order')).toMatchObject({
    maxActiveTasks: 8,
    failureMode: 'continue',
  });
});

it('asks every service for what its published model knows', () => {
  const checked: string[] = [];
  const faults: string[] = [];
  const visit = (states: States): void => {
    for (const [name, state] of Object.entries(states)) {
      if (state.Type === 'Task' && !name.endsWith('calls / crawl')) {
        const resource = state.Resource ?? '';
        checked.push(integrationOf(resource));
        faults.push(...argumentFaults(resource, state.Arguments).map((fault) => `${name} ${fault}`));
      }
      for (const { States: inner } of state.Branches ?? []) visit(inner);
      if (state.ItemProcessor !== undefined) visit(state.ItemProcessor.States);
    }
  };
  machines.forEach(visit);
  expect(faults).toEqual([]);
  expect(seen(checked)).toEqual([
    'athena:getQueryResults',
    'athena:startQueryExecution',
    'athena:stopQueryExecution',
    'aws-sdk:dynamodb:getItem',
    'aws-sdk:dynamodb:putItem',
    'aws-sdk:dynamodb:updateItem',
    'aws-sdk:rdsdata:executeStatement',
    'aws-sdk:redshiftdata:cancelStatement',
    'aws-sdk:redshiftdata:describeStatement',
    'aws-sdk:redshiftdata:executeStatement',
    'aws-sdk:redshiftdata:getStatementResult',
    'aws-sdk:s3:copyObject',
    'aws-sdk:s3:listObjectsV2',
    'batch:submitJob',
    'ecs:runTask',
    'eks:runJob',
    'events:putEvents',
    'lambda:invoke',
    'sagemaker:createTrainingJob',
    'states:startExecution',
  ]);
});

it('holds jobs of Kubernetes against the reference, which can tell', () => {
  const given = {
    ClusterName: 'c',
    Endpoint: '{% $e %}',
    CertificateAuthority: '{% $c %}',
    Namespace: 'ml',
    Job: {},
  };
  const faults = argumentFaults('arn:aws:states:::eks:runJob.sync', given);
  expect(faults.map((fault) => fault.split(':')[0])).toEqual([
    '.Job.apiVersion',
    '.Job.kind',
    '.Job.metadata',
    '.Job.spec',
  ]);
  expect(argumentFaults('arn:aws:states:::eks:runJob.sync', { ...given, Namespace: 'ML' })[0]).toContain(
    '.Namespace',
  );
  expect(argumentFaults('arn:aws:states:::glue:startJobRun.sync', {})).toEqual([
    'there is no model of arn:aws:states:::glue:startJobRun.sync',
  ]);
});
