/**
 * Writes a Map state. Its iterations are scopes of their own, written like the machine itself.
 *
 * Invariants:
 * 1. An iteration yields `{status, out}`. Where failures are tolerated, or other branches go on, it never fails itself.
 * 2. The map has a list in the order of the items, with `null` where an item did not succeed.
 * 3. An iteration of a distributed map sees no variables of the machine: what it needs comes with the item or the batch.
 */
import { capturedBy, edgesOf, leavesOf } from '../model/edges';
import { InvalidPipeline } from '../model/invalid-pipeline';
import type { Json } from '../model/json';
import type { MapTask } from '../model/task-node';
import type { State } from './asl';
import type { CompileContext } from './compile-context';
import { catchersOf, type TaskPath } from './emit-task';
import { foldBegin, foldEnd } from './fold';
import { expressionOf, wrap, type Lookup } from './jsonata';
import { stateNameOf, variableOf } from './names';
import { PartialOrder } from './partial-order';
import { planOf, type Plan } from './plan';
import { variableIn, type Scope, type Surroundings } from './scope';
import { possibleStatuses } from './statuses';

/** The emitter of scopes, which itself writes maps. */
type EmitScope = (
  context: CompileContext,
  plan: Plan,
  scope: Scope,
  known: ReadonlySet<string>,
  exit: string,
) => string;

const ITEM: Json = {
  item: '{% $states.context.Map.Item.Value %}',
  index: '{% $states.context.Map.Item.Index %}',
};

export function emitMap(
  context: CompileContext,
  task: MapTask,
  scope: Scope,
  known: ReadonlySet<string>,
  lookup: Lookup,
  path: TaskPath,
  emitScope: EmitScope,
): void {
  const name = stateNameOf(task.id);
  const captured = capturedBy(task);
  const certain = new Set(
    [...known, ...captured.filter((id) => context.alwaysSucceeds(id))].filter(
      (id) => !context.mayLackValues(id),
    ),
  );
  const distributed = task.mode === 'distributed';
  const batched = task.batchSize !== undefined;
  const common: Json = distributed
    ? {
        run: wrap(`$${lookup.run}`),
        execution: wrap(`$${scope.surroundings.execution}`),
        redrive: wrap(`$${scope.surroundings.redrive}`),
        outer: Object.fromEntries(
          captured.map((id) => [variableOf(id, 0), wrap(`$${variableIn(scope, id)}`)]),
        ),
      }
    : {};
  const iteration = (depth: number, from: string): { StartAt: string; States: Record<string, State> } =>
    iterationOf(context, task, scope, { depth, from, captured, certain }, emitScope);
  const batch = variableOf('batch', scope.depth + 1);
  const each = variableOf('each', scope.depth + 1);
  const processor = batched
    ? {
        StartAt: `${name} batch`,
        States: {
          [`${name} batch`]: {
            Type: 'Pass' as const,
            Assign: { [batch]: '{% $states.input.BatchInput %}' },
            Output: '{% $states.input.Items %}',
            Next: `${name} items`,
          },
          [`${name} items`]: {
            Type: 'Map' as const,
            Items: '{% $states.input %}',
            ItemProcessor: {
              ProcessorConfig: { Mode: 'INLINE' },
              ...iteration(scope.depth + 2, batch),
            },
            Output: '{% $states.result %}',
            End: true as const,
          },
        },
      }
    : iteration(scope.depth + 1, distributed ? each : '');
  scope.states[name] = {
    Type: 'Map',
    ...(task.docs === undefined ? {} : { Comment: task.docs }),
    Items: wrap(expressionOf(task.items, lookup)),
    ItemSelector: distributed && !batched ? { ...(ITEM as object), ...(common as object) } : ITEM,
    ...(batched ? { ItemBatcher: { MaxItemsPerBatch: task.batchSize ?? 1, BatchInput: common } } : {}),
    ...(task.maxConcurrency === 0 ? {} : { MaxConcurrency: task.maxConcurrency }),
    ...(distributed ? { Label: labelOf(task.id) } : {}),
    ItemProcessor: {
      ProcessorConfig: distributed ? { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } : { Mode: 'INLINE' },
      ...processor,
    },
    Assign: { [path.variable]: wrap(outcome(context, task, batched)) },
    Output: {},
    ...(context.model.failureMode === 'failFast' ? {} : { Catch: catchersOf(path) }),
    Next: path.next,
  };
}

interface Iteration {
  readonly depth: number;
  /** Variable with what the machine passes on; empty where its variables are in sight. */
  readonly from: string;
  readonly captured: readonly string[];
  readonly certain: ReadonlySet<string>;
}

function iterationOf(
  context: CompileContext,
  task: MapTask,
  scope: Scope,
  { depth, from, captured, certain }: Iteration,
  emitScope: EmitScope,
): { StartAt: string; States: Record<string, State> } {
  const name = stateNameOf(task.id);
  const each = variableOf('each', depth);
  const surroundings: Surroundings =
    from === ''
      ? { ...scope.surroundings, each }
      : {
          run: `${from}.run`,
          execution: `${from}.execution`,
          redrive: `${from}.redrive + $states.context.Execution.RedriveCount`,
          each,
          captured: new Map(captured.map((id) => [id, `${from}.outer.${variableOf(id, 0)}`])),
        };
  const inner: Scope = {
    depth,
    surroundings,
    states: {},
    assignedAt: from === '' ? new Map(scope.assignedAt) : new Map(),
  };
  // Iterations end, well or not, when something is to go on after one of them failed.
  const tolerant = context.model.failureMode === 'continue' || task.toleratedFailurePercentage > 0;
  const model = {
    ...context.model,
    tasks: task.tasks,
    result: task.result,
    failureMode: tolerant ? ('continue' as const) : ('failFast' as const),
  };
  const innerContext = context.forItem(model, possibleStatuses(model));
  const end = `${name} item ended`;
  const start = emitScope(innerContext, planWithout(context, task), inner, certain, end);
  const bad = leavesOf(model)
    .filter((id) => !innerContext.alwaysSucceeds(id))
    .map((id) => `$${variableIn(inner, id)}.status in ['failed', 'upstream_failed']`);
  const status = bad.length === 0 ? 'success' : wrap(`${bad.join(' or ')} ? 'failed' : 'success'`);
  const read = context.readers(task.id).length > 0;
  const yielded = expressionOf(task.result, {
    task: (id) => ({
      variable: variableIn(inner, id),
      certain: certain.has(id) || innerContext.alwaysSucceeds(id),
    }),
    run: surroundings.run,
    each,
  });
  const begin = `${name} item`;
  const states: Record<string, State> = {
    [begin]: { Type: 'Pass', Assign: { [each]: '{% $states.input %}' }, Output: {}, Next: start },
    ...inner.states,
    [end]: {
      Type: 'Succeed',
      Output: {
        status,
        ...(read
          ? { out: bad.length === 0 ? wrap(yielded) : wrap(`${bad.join(' or ')} ? null : (${yielded})`) }
          : {}),
      },
    },
  };
  foldEnd(states, end);
  return { StartAt: foldBegin(states, begin), States: states };
}

/** The map's result: `failed` when more items failed than it tolerates. */
function outcome(context: CompileContext, task: MapTask, batched: boolean): string {
  const read = context.readers(task.id).length > 0;
  const results = batched ? '$reduce($states.result, $append, [])' : '$states.result';
  const out = read ? '$count($r) = 0 ? [] : $map($r, function($x) { $x.out })[]' : 'null';
  const failed = "$count($r[status != 'success'])";
  const beyond = `${failed} * 100 > ${task.toleratedFailurePercentage} * $count($r)`;
  const words = `$string(${failed}) & ' of ' & $string($count($r)) & ' items failed'`;
  const otherwise =
    context.model.failureMode === 'failFast'
      ? `$error(${words})`
      : `{'status': 'failed', 'error': {'Error': 'Millrace.ItemsFailed', 'Cause': ${words}}}`;
  return `($r := ${results}; ${beyond} ? ${otherwise} : {'status': 'success', 'out': ${out}})`;
}

function planWithout(context: CompileContext, task: MapTask): Plan {
  const inside = new Set(task.tasks.map(({ id }) => id));
  const edges = edgesOf(task).filter(({ from }) => inside.has(from));
  const { plan, gates } = planOf(new PartialOrder([...inside], edges), edges);
  if (gates.length === 0) return plan;
  throw new InvalidPipeline(context.model.id, [
    {
      code: 'MR187',
      severity: 'error',
      path: `${context.model.id} / ${task.id}`,
      message: `The tasks of an item depend on each other crosswise (${gates.map(({ from, to }) => `${from} -> ${to}`).join(', ')}), which a map cannot hold.`,
      hint: 'Let the tasks of an item form chains and parallel parts, or join before going on.',
    },
  ]);
}

/** Names of Map Runs have at most 40 characters. */
function labelOf(id: string): string {
  return id.replaceAll('/', '-').slice(-40).replace(/^-/, '');
}
