/** The working copy beside what is deployed: which tasks come, go and change, in their definition or in their code. */
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DescribeStateMachineCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
} from '@aws-sdk/client-sfn';
import { sfnClient } from '../aws/clients/sfn';
import type { PipelineSummary } from '../cloud/summary';

export interface PipelinePlan {
  readonly pipeline: string;
  readonly change: 'new' | 'removed' | 'changed' | 'unchanged';
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Tasks whose place in the graph, input, retries or limits change. */
  readonly changed: readonly string[];
  /** Tasks that run other code. */
  readonly code: readonly string[];
  /** Params, schedule or concurrency. */
  readonly start: boolean;
  /** Runs that are going on: they keep the definition they started with. */
  readonly runsInFlight: number;
}

interface Definition {
  readonly States: Readonly<Record<string, State>>;
}
interface State {
  readonly Arguments?: { readonly Payload?: Readonly<Record<string, unknown>> };
  readonly Branches?: readonly Definition[];
  readonly ItemProcessor?: Definition;
}

const NONE: Omit<PipelinePlan, 'pipeline' | 'change'> = {
  added: [],
  removed: [],
  changed: [],
  code: [],
  start: false,
  runsInFlight: 0,
};

/** @param definitions of the working copy, as text, by machine name */
export async function planPipelines(
  stage: string,
  pipelines: readonly PipelineSummary[],
  definitions: ReadonlyMap<string, string>,
): Promise<PipelinePlan[]> {
  const deployed = await deployedMachines(stage);
  const plans: PipelinePlan[] = [];
  for (const pipeline of pipelines) {
    const arn = deployed.get(pipeline.machine);
    deployed.delete(pipeline.machine);
    const tasks = pipeline.tasks.map((task) => task.id);
    if (arn === undefined) {
      plans.push({ ...NONE, pipeline: pipeline.id, change: 'new', added: tasks });
      continue;
    }
    plans.push(await compare(pipeline, definitions.get(pipeline.machine) ?? '{"States":{}}', arn));
  }
  for (const [machine, arn] of deployed)
    plans.push({
      ...NONE,
      pipeline: machine.slice(`millrace-${stage}-`.length),
      change: 'removed',
      runsInFlight: await running(arn),
    });
  return plans;
}

async function compare(pipeline: PipelineSummary, wanted: string, arn: string): Promise<PipelinePlan> {
  const { definition = '{"States":{}}' } = await sfnClient().send(
    new DescribeStateMachineCommand({ stateMachineArn: arn }),
  );
  const before = statesOf(JSON.parse(definition) as Definition);
  const after = statesOf(JSON.parse(wanted) as Definition);
  const states = new Map(pipeline.tasks.map((task) => [task.state, task.id]));
  const ids = new Set(states.values());
  const tasksBefore = tasksOf(before);
  const added = [...ids].filter(
    (id) => !tasksBefore.has(id) && after.has(stateOf(states, id)) && !before.has(stateOf(states, id)),
  );
  const removed = [...tasksBefore].filter((id) => !ids.has(id));
  const differs = (name: string) => before.get(name)?.text !== after.get(name)?.text;
  const changed = [...states].flatMap(([name, id]) => (!added.includes(id) && differs(name) ? [id] : []));
  const code = await changedCode(pipeline);
  const start = differs('Begin');
  const quiet = added.length + removed.length + changed.length + code.length === 0 && !start;
  return {
    pipeline: pipeline.id,
    change: quiet ? 'unchanged' : 'changed',
    added,
    removed,
    changed,
    code: code.filter((id) => !added.includes(id)),
    start,
    runsInFlight: await running(arn),
  };
}

function stateOf(states: ReadonlyMap<string, string>, id: string): string {
  return [...states].find(([, task]) => task === id)?.[0] ?? id;
}

interface FlatState {
  readonly task: string | undefined;
  /** Its definition without what a deployment fills in, and without what lies inside it. */
  readonly text: string;
}

function statesOf(scope: Definition, found = new Map<string, FlatState>()): Map<string, FlatState> {
  for (const [name, state] of Object.entries(scope.States)) {
    const { Branches, ItemProcessor, ...own } = state;
    const task = own.Arguments?.Payload?.['task'];
    found.set(name, {
      task: typeof task === 'string' ? task : undefined,
      text: JSON.stringify(own, (key, value: unknown) =>
        ['FunctionName', 'TableName', 'code', 'TopicArn', 'StateMachineArn'].includes(key)
          ? undefined
          : value,
      ),
    });
    for (const inner of [...(Branches ?? []), ...(ItemProcessor === undefined ? [] : [ItemProcessor])])
      statesOf(inner, found);
  }
  return found;
}

function tasksOf(states: ReadonlyMap<string, FlatState>): Set<string> {
  return new Set([...states.values()].flatMap(({ task }) => task ?? []));
}

async function changedCode(pipeline: PipelineSummary): Promise<string[]> {
  const client = new LambdaClient({});
  try {
    const changed = await Promise.all(
      pipeline.functions.map(async (spec) =>
        (await deployedCode(client, spec.name)) === spec.codeHash ? [] : spec.tasks,
      ),
    );
    return changed.flat();
  } finally {
    client.destroy();
  }
}

async function deployedCode(client: LambdaClient, name: string): Promise<string | undefined> {
  try {
    const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
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
