/**
 * From model to machine. Pure and deterministic: the same model gives the same bytes, and nothing is read but the model.
 */
import type { Channel } from '../model/alerts';
import { alertsOf, withChannels } from '../model/alerts-of';
import { checkPipeline } from '../model/check';
import type { Diagnostic } from '../model/diagnostic';
import { edgesOf, leavesOf, upstreamOf, type Edge } from '../model/edges';
import type { JsonObject } from '../model/json';
import type { PipelineModel } from '../model/pipeline';
import type { TaskNode } from '../model/task-node';
import type { Policy } from '../model/schedule';
import { InvalidPipeline } from '../model/invalid-pipeline';
import type { Machine, State } from './asl';
import { CompileContext } from './compile-context';
import { emitScope } from './emit-scope';
import { MACHINE, type Scope } from './scope';
import { callbackKey, functionsOf, type FunctionSpec } from './functions';
import { valueToJson, type Lookup } from './jsonata';
import { stateNameOf, substitutionOf, variableOf } from './names';
import { RUN_FAILED } from '../model/errors';
import { SERVICE_RETRY } from './emit-task';
import { NEVER } from './gates';
import { literalToJson } from './jsonata';
import { integrationsOf, queriesOf, type Integration, type LocalQuery } from './integrations';
import { isJob, jobsOf, type JobSpec } from './jobs';
import { PartialOrder } from './partial-order';
import { planOf, type Holding, type Plan } from './plan';
import { inReadingOrder } from './reading-order';
import { returnsOf } from './returns';
import { withFittingNames } from './fitting-names';
import { possibleStatuses } from './statuses';
import { verifyPlan } from './verify-plan';

export interface TaskSummary {
  readonly id: string;
  /** Name of its state. */
  readonly state: string;
  readonly kind: string;
  readonly contract?: string;
  readonly group?: string;
  /** Upstream tasks. */
  readonly needs: readonly string[];
  readonly functionKey?: string;
  /** Of what runs in a container. */
  readonly jobKey?: string;
}

export interface CompiledPipeline {
  readonly id: string;
  readonly description: string;
  readonly definition: Machine;
  readonly functions: readonly FunctionSpec[];
  /** What runs in containers. */
  readonly jobs: readonly JobSpec[];
  readonly tasks: readonly TaskSummary[];
  readonly plan: Plan;
  /** Edges that are held by gates. */
  readonly gates: readonly Edge[];
  /** What the role of the machine has to allow besides invoking functions and passing gates. */
  readonly integrations: readonly Integration[];
  /** What stands for the tables of queries on a developer's machine. @default none */
  readonly queries?: readonly LocalQuery[];
  readonly notices: readonly Diagnostic[];
}

/** Of what a state may hold there is room for those of hundreds of tasks. */
const MAX_ERROR_CHARACTERS = 500;

/** A definition may have 1 MB. */
const MAX_DEFINITION_BYTES = 1_000_000;

/**
 * @param holding how edges that are not series-parallel are held. @default by gates, or by barriers where a machine with
 *   gates would be too large, with a notice
 * @throws InvalidPipeline with every fault at once
 */
export function compile(model: PipelineModel, holding?: Holding): CompiledPipeline {
  const diagnostics = checkPipeline(model);
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  if (errors.length > 0) throw new InvalidPipeline(model.id, errors);

  const edges = edgesOf(model);
  const order = new PartialOrder(
    model.tasks.map((task) => task.id),
    edges,
  );
  const functions = functionsOf(model);
  const jobs = jobsOf(model);
  const write = (by: Holding) => {
    const planned = planOf(order, edges, by);
    verifyPlan(planned, order, edges, by);
    const { plan, gates } = planned;
    const context = new CompileContext(model, functions, possibleStatuses(model), returnsOf(model), gates);
    const definition = machineOf(model, context, plan);
    return { plan, gates, context, definition, bytes: Buffer.byteLength(JSON.stringify(definition)) };
  };
  const notices = [...diagnostics];
  let written = write(holding ?? 'gates');
  if (written.bytes > MAX_DEFINITION_BYTES && holding === undefined && written.gates.length > 0) {
    notices.push({
      code: 'MR402',
      severity: 'notice',
      path: model.id,
      message: `With ${written.gates.length} gates the state machine would have ${written.bytes} bytes, of ${MAX_DEFINITION_BYTES} that Step Functions allows. Parts that are not series-parallel go on level by level instead: their tasks may wait for more than their upstream tasks.`,
      hint: 'Nothing has to be done. To have every task start at once when its own upstream tasks have ended, split the pipeline.',
    });
    written = write('barriers');
  }
  const { plan, gates, context, definition, bytes } = written;
  if (bytes > MAX_DEFINITION_BYTES) {
    throw new InvalidPipeline(model.id, [
      {
        code: 'MR401',
        severity: 'error',
        path: model.id,
        message: `The state machine would have ${bytes} bytes; Step Functions allows ${MAX_DEFINITION_BYTES}.`,
        hint: 'Split the pipeline in two and let one trigger the other, or map over a list at run time.',
      },
    ]);
  }
  return {
    id: model.id,
    description: model.description,
    definition,
    functions,
    jobs,
    tasks: model.tasks.map((task) => ({
      id: task.id,
      state: stateNameOf(task.id),
      kind: task.kind,
      ...(task.kind === 'task' ? { contract: task.contract } : {}),
      ...(task.kind === 'task' && !isJob(task) ? { functionKey: context.functionFor(task.id).key } : {}),
      ...jobKeyOf(jobs, task.id),
      ...(task.group === undefined ? {} : { group: task.group }),
      needs: upstreamOf(task),
    })),
    plan,
    gates,
    integrations: integrationsOf(model),
    queries: queriesOf(model),
    notices,
  };
}

function machineOf(model: PipelineModel, context: CompileContext, plan: Plan): Machine {
  const states: Record<string, State> = {};
  const scope: Scope = { depth: 0, surroundings: MACHINE, states, assignedAt: new Map() };
  const first = emitScope(context, plan, scope, new Set(), 'Finish');
  return withFittingNames<Machine>({
    Comment: `${model.id}: ${model.description}`,
    QueryLanguage: 'JSONata',
    StartAt: 'Begin',
    TimeoutSeconds: model.runTimeoutSeconds,
    States: { Begin: beginState(model, first), ...inReadingOrder(states, model), ...endStates(model) },
  });
}

function jobKeyOf(jobs: readonly JobSpec[], id: string): { readonly jobKey?: string } {
  const job = jobs.find((candidate) => candidate.task === id);
  return job === undefined ? {} : { jobKey: job.key };
}

function beginState(model: PipelineModel, next: string): State {
  return {
    Type: 'Task',
    Comment: 'Checks the params and records the logical run',
    Resource: 'arn:aws:states:::lambda:invoke',
    TimeoutSeconds: 70,
    Arguments: {
      FunctionName: '${Begin}',
      Payload: {
        pipeline: model.id,
        execution: {
          arn: '{% $states.context.Execution.Id %}',
          name: '{% $states.context.Execution.Name %}',
          startTime: '{% $states.context.Execution.StartTime %}',
        },
        input: '{% $states.input %}',
        paramsSchema: literalToJson(model.paramsSchema),
        // Channels carry no settings any more, and all the rest is data.
        policy: policyOf(model) as unknown as JsonObject,
        code: { commit: '${GitCommit}', dirty: "{% '${GitDirty}' = 'true' %}" },
      },
    },
    Assign: { run: '{% $states.result.Payload %}' },
    Output: {},
    Retry: [SERVICE_RETRY],
    Next: next,
  };
}

/** The machine carries which function is called, not what it needs. */
function deployedChannel(channel: Channel): Channel {
  if (channel.kind !== 'task') return channel;
  const { contract } = channel;
  return { kind: 'task', contract, function: `\${${substitutionOf(callbackKey(contract))}}` };
}

function policyOf(model: PipelineModel): Policy {
  const alerts = alertsOf(model);
  return {
    schedule: model.schedule,
    ...(model.startDate === undefined ? {} : { startDate: model.startDate }),
    ...(model.endDate === undefined ? {} : { endDate: model.endDate }),
    catchup: model.catchup,
    logicalDate: model.logicalDate ?? 'interval-start',
    maxActiveRuns: model.maxActiveRuns,
    dependsOnPast: model.dependsOnPast,
    ...(alerts === undefined ? {} : { alerts: withChannels(alerts, deployedChannel) }),
  };
}

/** Any task may have been skipped or have failed when the end is reached. */
const AT_THE_END: Lookup = {
  task: (id) => ({ variable: variableOf(id, 0), certain: false }),
  run: 'run',
};

/** Errors of tasks that no function runs: nobody else could record them. */
function errorsOf({ tasks }: PipelineModel): JsonObject {
  const kinds: readonly TaskNode['kind'][] = ['call', 'trigger', 'approval', 'wait', 'query'];
  const errors = tasks
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ id }): [string, string] => {
      const error = `$${variableOf(id, 0)}.error`;
      const message = `$substring($string(${error}.Cause), 0, ${MAX_ERROR_CHARACTERS})`;
      return [id, `{% $exists(${error}) ? {"name": ${error}.Error, "message": ${message}} : null %}`];
    });
  return errors.length === 0 ? {} : { errors: Object.fromEntries(errors) };
}

function endStates(model: PipelineModel): Record<string, State> {
  return {
    Finish: {
      Type: 'Task',
      Comment: 'Records how the tasks and the run ended',
      Resource: 'arn:aws:states:::lambda:invoke',
      TimeoutSeconds: 70,
      Arguments: {
        FunctionName: '${Finish}',
        Payload: {
          run: '{% $run %}',
          execution: '{% $states.context.Execution.Id %}',
          tasks: Object.fromEntries(
            model.tasks.map((task) => [task.id, `{% $${variableOf(task.id, 0)}.status %}`]),
          ),
          ...errorsOf(model),
          redrive: '{% $states.context.Execution.RedriveCount %}',
          leaves: leavesOf(model),
          ...(model.result === undefined ? {} : { result: valueToJson(model.result, AT_THE_END) }),
        },
      },
      Output: '{% $states.result.Payload %}',
      Retry: [
        NEVER(RUN_FAILED),
        SERVICE_RETRY,
        { ErrorEquals: ['States.ALL'], IntervalSeconds: 2, MaxAttempts: 3, BackoffRate: 2 },
      ],
      Catch: [
        {
          ErrorEquals: [RUN_FAILED],
          Assign: { failure: '{% $parse($states.errorOutput.Cause).errorMessage %}' },
          Output: {},
          Next: 'Failed',
        },
      ],
      End: true,
    },
    Failed: { Type: 'Fail', Error: RUN_FAILED, Cause: '{% $failure %}' },
  };
}
