/** The working copy beside what is deployed: which tasks come, go and change, in their definition or in their code. */
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import {
  DescribeStateMachineCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
} from '@aws-sdk/client-sfn';
import { lambdaClient } from '../../aws/clients/lambda';
import { sfnClient } from '../../aws/clients/sfn';
import { compareMachines, type Definition, type PlannedTask } from './compare-machines';

/** A pipeline of the working copy, as its synthesis says (`millrace.json`). */
export interface PlannedPipeline {
  readonly id: string;
  readonly machine: string;
  readonly tasks: readonly PlannedTask[];
  readonly functions: readonly {
    readonly name: string;
    readonly codeHash?: string;
    readonly tasks: readonly string[];
  }[];
  /** Tasks in containers. */
  readonly jobs: readonly { readonly task: string; readonly codeHash?: string }[];
}

export interface PipelinePlan {
  readonly pipeline: string;
  readonly change: 'new' | 'removed' | 'changed' | 'unchanged';
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Tasks whose place in the graph, input, retries, limits or resources change. */
  readonly changed: readonly string[];
  /** Tasks that run other code. */
  readonly code: readonly string[];
  /** Params, schedule or concurrency. */
  readonly start: boolean;
  readonly runsInFlight: number;
  /** What becomes of those, and of a pipeline that is removed. */
  readonly notes: readonly string[];
}

const NONE: Omit<PipelinePlan, 'pipeline' | 'change'> = {
  added: [],
  removed: [],
  changed: [],
  code: [],
  start: false,
  runsInFlight: 0,
  notes: [],
};

/** @param definitions of the working copy, as text, by machine name */
export async function planPipelines(
  stage: string,
  pipelines: readonly PlannedPipeline[],
  definitions: ReadonlyMap<string, string>,
  where: 'local' | 'aws',
): Promise<PipelinePlan[]> {
  const deployed = await deployedMachines(stage);
  const plans: PipelinePlan[] = [];
  for (const pipeline of pipelines) {
    const arn = deployed.get(pipeline.machine);
    deployed.delete(pipeline.machine);
    plans.push(await planPipeline(pipeline, definitions.get(pipeline.machine) ?? '{"States":{}}', arn));
  }
  for (const [machine, arn] of deployed)
    plans.push(await planRemoval(machine.slice(`millrace-${stage}-`.length), { machine, arn, where }));
  return plans;
}

/** Of a pipeline that is deployed, and that the working copy has no more. */
export async function planRemoval(
  pipeline: string,
  {
    machine,
    arn,
    where,
  }: { readonly machine: string; readonly arn: string; readonly where: 'local' | 'aws' },
): Promise<PipelinePlan> {
  const runsInFlight = await running(arn);
  const notes = removalNotes(machine, where, runsInFlight);
  return { ...NONE, pipeline, change: 'removed', runsInFlight, notes };
}

/**
 * @param wanted its definition in the working copy
 * @param arn of the machine that is deployed; `undefined` when there is none
 */
export async function planPipeline(
  pipeline: PlannedPipeline,
  wanted: string,
  arn: string | undefined,
): Promise<PipelinePlan> {
  if (arn === undefined)
    return { ...NONE, pipeline: pipeline.id, change: 'new', added: pipeline.tasks.map(({ id }) => id) };
  const { definition = '{"States":{}}' } = await sfnClient().send(
    new DescribeStateMachineCommand({ stateMachineArn: arn }),
  );
  const deployed = JSON.parse(definition) as Definition;
  const changes = compareMachines(deployed, JSON.parse(wanted) as Definition, pipeline.tasks);
  const { added, removed, changed, start } = changes;
  const code = [...(await changedCode(pipeline)), ...changedJobs(pipeline, definition)].filter(
    (id) => !added.includes(id),
  );
  const quiet = added.length + removed.length + changed.length + code.length === 0 && !start;
  const runsInFlight = await running(arn);
  return {
    pipeline: pipeline.id,
    change: quiet ? 'unchanged' : 'changed',
    ...changes,
    code,
    runsInFlight,
    notes: runsInFlight === 0 || quiet ? [] : [KEEP],
  };
}

const KEEP = 'Runs that are going on keep the definition and the code that they started with.';

/** What becomes of a pipeline that the working copy has no more, and of its runs. */
function removalNotes(stack: string, where: 'local' | 'aws', runsInFlight: number): string[] {
  if (where === 'local')
    return [
      'Nothing starts it any more, and its history stays.',
      ...(runsInFlight === 0 ? [] : ['Runs that are going on come to their end.']),
    ];
  return [
    `A deployment leaves its stack alone, and its schedule rings on until it is deleted: aws cloudformation delete-stack --stack-name ${stack}. Runs and models stay in the tables.`,
    ...(runsInFlight === 0
      ? []
      : ['Runs that are going on end when their machine is deleted: wait for them, or cancel them before.']),
  ];
}

/** Handlers in containers: the hash of their code is part of the definition. */
function changedJobs({ jobs }: PlannedPipeline, definition: string): string[] {
  return jobs.flatMap(({ task, codeHash }) =>
    codeHash === undefined || definition.includes(`"codeHash":"${codeHash}"`) ? [] : [task],
  );
}

async function changedCode(pipeline: PlannedPipeline): Promise<string[]> {
  const changed = await Promise.all(
    pipeline.functions.map(async (spec) =>
      (await deployedCode(spec.name)) === spec.codeHash ? [] : spec.tasks,
    ),
  );
  return changed.flat();
}

async function deployedCode(name: string): Promise<string | undefined> {
  try {
    const { Environment } = await lambdaClient().send(
      new GetFunctionConfigurationCommand({ FunctionName: name }),
    );
    return Environment?.Variables?.['MILLRACE_CODE_HASH'];
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

async function deployedMachines(stage: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  let nextToken: string | undefined;
  do {
    const page = await sfnClient().send(new ListStateMachinesCommand({ nextToken, maxResults: 1000 }));
    for (const { name = '', stateMachineArn = '' } of page.stateMachines ?? [])
      if (name.startsWith(`millrace-${stage}-`)) found.set(name, stateMachineArn);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found;
}

async function running(stateMachineArn: string): Promise<number> {
  const { executions = [] } = await sfnClient().send(
    new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 1000 }),
  );
  return executions.length;
}
