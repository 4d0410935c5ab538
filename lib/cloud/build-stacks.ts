/** Puts the core stack and one stack per pipeline into an app, and the failures where `cdk deploy` sees them. */
import { Annotations, type App, type Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import type { CodeVersion } from '../model/run-context';
import type { HandlerFailure } from './bundle-handlers';
import { checkResourceCount } from './check-stack';
import { coreHandlers } from './core-handlers';
import { containerHandlersOf } from './container-handlers';
import { ComputeStack, CONTAINER_ENTRY, JOBS_HANDLER } from './compute-stack';
import { CoreStack } from './core-stack';
import { DeployerStack } from './deployer-stack';
import { endpointsOf } from './endpoints-of';
import { describeFailure, type Failure } from './failure';
import type { BundleOf } from './handler-stub';
import { namesOf } from './names';
import type { NativeLayer } from './native-layer';
import { PipelineStack } from './pipeline-stack';
import type { Settings } from './settings';
import type { SummarisedPipeline } from './summary';
import { refuseDeployment } from './undeployable';

export interface BuildStacksProps {
  readonly settings: Settings;
  readonly pipelines: readonly SummarisedPipeline[];
  readonly code: CodeVersion;
  readonly bundleOf: BundleOf;
  /** Handlers that `bundleOf` answers with a stub. */
  readonly handlerFailures: readonly HandlerFailure[];
  readonly nativeLayer?: NativeLayer;
}

export interface BuiltStacks {
  readonly core: CoreStack;
  /** Present when a pipeline has containers. */
  readonly compute?: ComputeStack;
  /** By id of the pipeline. */
  readonly pipelines: ReadonlyMap<string, PipelineStack>;
  /** Found while building; the stacks concerned are there all the same. */
  readonly failures: readonly Failure[];
}

export function buildStacks(app: App, props: BuildStacksProps): BuiltStacks {
  const { settings, code, bundleOf, nativeLayer } = props;
  const names = namesOf(settings.stage.name);
  const endpoints = endpointsOf(props.pipelines.map(({ model }) => model));
  const core = new CoreStack(app, names.coreStack, { settings, bundleOf, endpoints });
  markStubs(core, coreHandlers(settings), props.handlerFailures);
  if (settings.github !== undefined)
    new DeployerStack(app, names.deployerStack, { settings, github: settings.github });
  const jobs = props.pipelines.flatMap(({ compiled }) => compiled.jobs);
  const compute =
    jobs.length === 0 ? undefined : new ComputeStack(app, names.computeStack, { settings, bundleOf, jobs });
  if (compute !== undefined) markStubs(compute, [JOBS_HANDLER, CONTAINER_ENTRY], props.handlerFailures);
  compute?.addStackDependency(core, 'The function around jobs uses the tables and the bucket by name.');
  const pipelines = new Map<string, PipelineStack>();
  const failures: Failure[] = [];
  for (const { model, compiled, file } of props.pipelines) {
    const stack = new PipelineStack(app, names.pipelineStack(compiled.id), {
      settings,
      model,
      compiled,
      code,
      bundleOf,
      ...(nativeLayer ? { nativeLayer } : {}),
    });
    // The names of the core stack must exist before a run can use them.
    stack.addStackDependency(
      core,
      'Pipelines use the tables, buckets and functions of the core stack by name.',
    );
    if (compute !== undefined && compiled.jobs.length > 0)
      stack.addStackDependency(compute, 'Containers use the cluster and the queues by name.');
    markStubs(stack, handlersOf(compiled), props.handlerFailures);
    failures.push(...checkResourceCount(stack, file));
    pipelines.set(compiled.id, stack);
  }
  if (settings.permissionsBoundary !== undefined) applyBoundary(app, core, settings.permissionsBoundary);
  return { core, ...(compute === undefined ? {} : { compute }), pipelines, failures };
}

/**
 * The core stack carries the failures and every other stack refers to them: a faulty file leaves no stack of its own to
 * carry them, and a deployment that goes on without it would silently leave its last deployed state running.
 */
export function annotateFailures(
  { core, compute, pipelines }: Pick<BuiltStacks, 'core' | 'compute' | 'pipelines'>,
  failures: readonly Failure[],
  allowBroken: boolean,
): void {
  for (const failure of failures) {
    const text = describeFailure(failure);
    if (allowBroken) Annotations.of(core).addWarningV2(`millrace:${failure.code}:${failure.file}`, text);
    else Annotations.of(core).addError(text);
  }
  if (allowBroken || failures.length === 0) return;
  const files = [...new Set(failures.map((failure) => failure.file))].join(', ');
  for (const stack of [core, ...(compute === undefined ? [] : [compute]), ...pipelines.values()]) {
    Annotations.of(stack).addError(
      `Nothing is deployed while these files are faulty: ${files}. To deploy the rest and leave as it is what they define: -c allow-broken=true.`,
    );
  }
}

/** Folders of the handlers of a pipeline, whether they are functions or run in containers. */
function handlersOf(compiled: SummarisedPipeline['compiled']): string[] {
  return [...compiled.functions.map((spec) => spec.handler), ...containerHandlersOf(compiled.jobs)];
}

function markStubs(stack: Stack, handlers: readonly string[], failures: readonly HandlerFailure[]): void {
  const failure = failures.find((candidate) => handlers.includes(candidate.handler));
  if (failure !== undefined) refuseDeployment(stack, 'HandlersAreBuilt', describeFailure(failure));
}

function applyBoundary(app: App, core: Stack, boundary: string): void {
  const policy = boundary.startsWith('arn:')
    ? ManagedPolicy.fromManagedPolicyArn(core, 'Boundary', boundary)
    : ManagedPolicy.fromManagedPolicyName(core, 'Boundary', boundary);
  PermissionsBoundary.of(app).apply(policy);
}
