/**
 * What changes between the machine that is deployed and that of the working copy, task by task. Tokens of the working copy,
 * `${FnTrain}`, stand for whatever a deployment fills in.
 */
export interface Definition {
  readonly States: Readonly<Record<string, State>>;
}

/** A task of the working copy, and the name of its state. */
export interface PlannedTask {
  readonly id: string;
  readonly state: string;
}

interface State {
  readonly Type?: string;
  readonly Arguments?: { readonly Payload?: Readonly<Record<string, unknown>> };
  readonly Branches?: readonly Definition[];
  readonly ItemProcessor?: Definition;
}

export interface MachineChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Tasks whose place in the graph, input, retries or limits change. */
  readonly changed: readonly string[];
  /** Params, schedule, concurrency or alerts. */
  readonly start: boolean;
}

/** What the compiler writes around the state of a task: guards, limits, gates, what it tells. */
const AROUND = [
  'slot for',
  'turn for',
  'room for',
  'leave for',
  'free',
  'await',
  'mark',
  'tell of',
  'announce',
];

export function compareMachines(
  deployed: Definition,
  wanted: Definition,
  tasks: readonly PlannedTask[],
): MachineChanges {
  const before = statesOf(deployed);
  const after = statesOf(wanted);
  const inBefore = tasksOf(deployed, before);
  const ids = new Set(tasksOf(wanted, after));
  const differs = (name: string): boolean => {
    const [old, now] = [before.get(name), after.get(name)];
    return old === undefined || now === undefined ? old !== now : !matches(now, old);
  };
  const stateOf = new Map(tasks.map(({ id, state }) => [id, state]));
  const added = [...ids].filter((id) => !inBefore.has(id));
  return {
    added,
    removed: [...inBefore].filter((id) => !ids.has(id)),
    changed: [...ids].filter((id) => {
      const name = stateOf.get(id) ?? id.split('/').join(' / ');
      return (
        !added.includes(id) &&
        [name, `${name}?`, ...AROUND.map((what) => `${what} ${name}`)].some((state) => differs(state))
      );
    }),
    start: differs('Begin'),
  };
}

/**
 * By name; those inside of others beside them. A Parallel that is one task (a container, a query) has its own states with it.
 */
function statesOf(scope: Definition, found = new Map<string, unknown>()): Map<string, unknown> {
  for (const [name, state] of Object.entries(scope.States)) {
    const { Branches, ItemProcessor, ...own } = state;
    const inner = Branches?.[0]?.States ?? {};
    const one = Branches?.length === 1 && Object.keys(inner).some((key) => key.endsWith(` ${name}`));
    found.set(name, one ? state : own);
    if (!one) for (const branch of Branches ?? []) statesOf(branch, found);
    if (ItemProcessor !== undefined) statesOf(ItemProcessor, found);
  }
  return found;
}

/** The last state is told how each task ended; what is inside of a map is not, but has functions that are told their name. */
function tasksOf({ States }: Definition, states: ReadonlyMap<string, unknown>): Set<string> {
  const ended = States['Finish']?.Arguments?.Payload?.['tasks'] ?? {};
  const called = [...states.values()].flatMap((state) => {
    const task = (state as State).Arguments?.Payload?.['task'];
    if (typeof task !== 'string') return [];
    return task.startsWith('{%') ? (/^\{% "([^"]+)\[" &/.exec(task)?.[1] ?? []) : [task];
  });
  return new Set([...Object.keys(ended), ...called]);
}

/** Comments say nothing to a machine. */
const SILENT: ReadonlySet<string> = new Set(['Comment']);

function matches(wanted: unknown, deployed: unknown): boolean {
  if (typeof wanted === 'string' && typeof deployed === 'string')
    return wanted === deployed || (wanted.includes('${') && pattern(wanted).test(deployed));
  if (Array.isArray(wanted) && Array.isArray(deployed))
    return wanted.length === deployed.length && wanted.every((item, i) => matches(item, deployed[i]));
  if (typeof wanted !== 'object' || typeof deployed !== 'object' || wanted === null || deployed === null)
    return wanted === deployed;
  const [now, old] = [members(wanted), members(deployed)];
  return (
    now.size === old.size && [...now].every(([name, value]) => old.has(name) && matches(value, old.get(name)))
  );
}

function members(value: object): Map<string, unknown> {
  return new Map(Object.entries(value).filter(([name]) => !SILENT.has(name)));
}

function pattern(text: string): RegExp {
  const parts = text.split(/\$\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[\\s\\S]*')}$`);
}
