/**
 * The gate protocol as a graph of states that is searched to its end: two waiters and a marker, as the compiler writes them,
 * against the DynamoDB of the local cloud. From every state every step of everybody is taken, and every fault as long as
 * there are some left: a request that is lost, one that arrives and whose answer is lost, one that the SDK sends twice, a
 * state that is entered again (a retry, a redrive) and waits with another token, a token that is answered twice.
 * Wherever nobody can take a step any more, all waiters are awake with the result, each by one answer.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { compile } from '../../lib/compiler/compile';
import { pipeline } from '../../lib/dsl/pipeline';
import { notify } from '../../lib/dsl/tasks';
import { DynamoDbService } from '../../lib/local/dynamodb/dynamodb-service';
import { AwsError, ROOT } from '../../lib/local/service';
import { evaluate } from '../../lib/local/stepfunctions/jsonata';
import { createGateTable } from '../support/gate-table';

const FAULTS = 3;
const TABLE = 'orchestration';
const WAITERS = ['c', 'e'];
const RESULT = { status: 'success', out: { n: 7 } };

const send = (id: string) => notify(id, { subject: id, text: id });
const { definition, gates } = compile(
  pipeline({ id: 'two', description: 'Two wait for b' }, () => {
    const a = send('a');
    const b = send('b');
    const f = send('f');
    send('c').after(a, b);
    send('d').after(b);
    send('e').after(f, b);
  }).model,
);

interface State {
  readonly Arguments?: unknown;
  readonly Assign?: Readonly<Record<string, unknown>>;
  readonly Branches?: readonly { readonly States: States }[];
}
type States = Readonly<Record<string, State>>;

const machine = JSON.parse(JSON.stringify(definition).replaceAll('${OrchestrationTable}', TABLE)) as {
  readonly States: States;
};

function statesIn(states: States): [string, State][] {
  return Object.entries(states).flatMap(([name, state]) => [
    [name, state] as [string, State],
    ...(state.Branches ?? []).flatMap((branch) => statesIn(branch.States)),
  ]);
}
let all = new Map(statesIn(machine.States));
const stateNamed = (name: string): State => {
  const found = all.get(name);
  if (found === undefined) throw new Error(`There is no state ${name}: ${[...all.keys()].join(', ')}`);
  return found;
};

interface Waiter {
  /** `sent`: the request has arrived, its answer has not. */
  readonly at: 'enter' | 'sent' | 'waiting' | 'refused' | 'awake';
  /** Times that the state was entered; the token is of the last one. */
  readonly entered: number;
  readonly answers: number;
  readonly knows?: unknown;
}

interface World {
  /** The item of the gate, as DynamoDB has it. */
  readonly item: Readonly<Record<string, unknown>> | undefined;
  readonly waiters: readonly Waiter[];
  readonly marker: { readonly at: 'mark' | 'wake' | 'done'; readonly tokens: readonly string[] };
  readonly faults: number;
}

type Step = readonly [what: string, next: () => Promise<World>];

const tokenOf = (i: number, { entered }: Waiter) => `${WAITERS[i] ?? ''}-${entered}`;

describe('the gate protocol, searched to its end', () => {
  let directory: string;
  let root: RootDatabase;
  let dynamodb: DynamoDbService;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'millrace-gates-'));
    root = open({ path: directory, maxDbs: 8, encoding: 'json', noSync: true });
    dynamodb = new DynamoDbService({ root });
    await createGateTable(dynamodb, TABLE);
  });
  afterAll(async () => {
    await root.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const bindings = (token?: string, result?: unknown) => ({
    variables: (names: readonly string[]) =>
      Object.fromEntries(
        Object.entries({ run: { id: 'run' }, b__1: RESULT, b: RESULT }).filter(([name]) =>
          names.includes(name),
        ),
      ),
    states: {
      result,
      context: {
        Execution: { Name: 'x', StartTime: '2026-01-01T00:00:00Z' },
        ...(token === undefined ? {} : { Task: { Token: token } }),
      },
    },
  });
  const evaluated = new Map<string, Promise<Record<string, unknown>>>();
  const argumentsOf = async (name: string, token?: string) => {
    const key = `${name} ${token ?? ''}`;
    const known =
      evaluated.get(key) ??
      (evaluate(stateNamed(name).Arguments, bindings(token), 'Arguments') as Promise<
        Record<string, unknown>
      >);
    evaluated.set(key, known);
    return known;
  };
  const assigned = async (name: string, result: unknown) =>
    Object.values(
      (await evaluate(stateNamed(name).Assign, bindings(undefined, result), 'Assign')) as object,
    )[0] as unknown;

  /** Makes a request where the item is as a world says. */
  async function ask(
    operation: 'UpdateItem' | 'GetItem',
    input: Record<string, unknown>,
    item: World['item'],
  ): Promise<{ readonly answer: unknown; readonly refused: boolean; readonly item: World['item'] }> {
    const { Key } = input as { Key: object };
    await (item === undefined
      ? dynamodb.call('DeleteItem', { TableName: TABLE, Key }, ROOT)
      : dynamodb.call('PutItem', { TableName: TABLE, Item: item }, ROOT));
    let answer: unknown;
    let refused = false;
    try {
      answer = await dynamodb.call(operation, input, ROOT);
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'ConditionalCheckFailedException') throw error;
      refused = true;
    }
    const { Item } = (await dynamodb.call(
      'GetItem',
      { TableName: TABLE, Key, ConsistentRead: true },
      ROOT,
    )) as {
      Item?: World['item'];
    };
    return { answer, refused, item: Item };
  }

  function* stepsOf(world: World): Generator<Step> {
    const { item, waiters, marker, faults } = world;
    const waiterIs = (i: number, change: Partial<Waiter>, more: Partial<World> = {}): World => ({
      ...world,
      waiters: waiters.map((one, at) => (at === i ? { ...one, ...change } : one)),
      ...more,
    });
    const faulty = { faults: faults - 1 };
    for (const [i, waiter] of waiters.entries()) {
      const name = `await b (${WAITERS[i] ?? ''})`;
      const token = tokenOf(i, waiter);
      const register = async () => ask('UpdateItem', await argumentsOf(name, token), item);
      const again = { at: 'enter', entered: waiter.entered + 1 } as const;
      if (waiter.at === 'enter' || waiter.at === 'sent')
        yield [
          `${token} registers${waiter.at === 'sent' ? ' again by the SDK' : ''}`,
          async () => {
            const done = await register();
            return waiterIs(i, { at: done.refused ? 'refused' : 'waiting' }, { item: done.item });
          },
        ];
      if (waiter.at === 'refused')
        yield [
          `${token} reads`,
          async () => {
            const { answer } = await ask('GetItem', await argumentsOf(`${name}: result`), item);
            return waiterIs(i, { at: 'awake', knows: await assigned(`${name}: result`, answer) });
          },
        ];
      if (faults === 0 || waiter.at === 'awake') continue;
      // Whatever it was doing, its state is entered again: a retry after an error, a process that died, a redrive.
      yield [`${token} is entered again`, async () => waiterIs(i, again, faulty)];
      if (waiter.at === 'enter')
        yield [
          `${token} registers, the answer is lost`,
          async () => waiterIs(i, { at: 'sent' }, { item: (await register()).item, ...faulty }),
        ];
    }
    const mark = async () => ask('UpdateItem', await argumentsOf('mark b'), item);
    if (marker.at === 'mark') {
      yield [
        'b is marked',
        async () => {
          const done = await mark();
          const tokens = (await assigned('mark b', done.answer)) as string[];
          return { ...world, item: done.item, marker: { at: 'wake', tokens } };
        },
      ];
      if (faults > 0)
        yield [
          'b is marked, the answer is lost',
          async () => ({ ...world, item: (await mark()).item, ...faulty }),
        ];
    }
    if (marker.at === 'wake') {
      // The tokens are answered side by side: in any order.
      for (const token of marker.tokens) {
        const tokens = marker.tokens.filter((other) => other !== token);
        const i = waiters.findIndex((waiter, at) => tokenOf(at, waiter) === token && waiter.at !== 'awake');
        const waiter = waiters[i];
        // A state that went on to read waits with no token any more.
        const taken: World =
          waiter === undefined || waiter.at === 'refused'
            ? world
            : waiterIs(i, { at: 'awake', answers: waiter.answers + 1, knows: RESULT });
        yield [`${token} is answered`, async () => ({ ...taken, marker: { ...marker, tokens } })];
        if (faults > 0)
          yield [`${token} is answered, but that is not known`, async () => ({ ...taken, ...faulty })];
      }
      if (marker.tokens.length === 0)
        yield ['b goes on', async () => ({ ...world, marker: { at: 'done', tokens: [] } })];
    }
    if (faults > 0 && marker.at === 'wake')
      yield ['b is marked anew', async () => ({ ...world, marker: { at: 'mark', tokens: [] }, ...faulty })];
  }

  interface Search {
    readonly states: number;
    readonly ends: number;
    /** The way to an end at which somebody sleeps, was woken twice, or knows something else. */
    readonly wrong: readonly string[] | undefined;
  }

  async function search(faults: number): Promise<Search> {
    const asleep: Waiter = { at: 'enter', entered: 1, answers: 0 };
    const first: World = {
      item: undefined,
      waiters: WAITERS.map(() => asleep),
      marker: { at: 'mark', tokens: [] },
      faults,
    };
    const key = (world: World) => JSON.stringify(world);
    const seen = new Set([key(first)]);
    const open: { readonly world: World; readonly way: readonly string[] }[] = [{ world: first, way: [] }];
    let ends = 0;
    for (let found = open.pop(); found !== undefined; found = open.pop()) {
      const { world, way } = found;
      let canGoOn = false;
      for (const [what, take] of stepsOf(world)) {
        const next = await take();
        // A fault is nothing to wait for.
        if (next.faults === world.faults) canGoOn = true;
        if (seen.has(key(next))) continue;
        seen.add(key(next));
        open.push({ world: next, way: [...way, what] });
      }
      if (canGoOn) continue;
      ends++;
      const right = world.waiters.every(
        ({ at, answers, knows }) =>
          at === 'awake' && answers <= 1 && JSON.stringify(knows) === JSON.stringify(RESULT),
      );
      if (!right) return { states: seen.size, ends, wrong: way };
    }
    return { states: seen.size, ends, wrong: undefined };
  }

  it('wakes both waiters wherever it ends', async () => {
    expect(gates.filter(({ from }) => from === 'b').map(({ to }) => to)).toEqual(WAITERS);
    const { states, ends, wrong } = await search(FAULTS);
    expect(wrong).toBeUndefined();
    expect(states).toBeGreaterThan(5000);
    expect(ends).toBeGreaterThan(100);
  }, 60_000);

  it.each([
    [
      'the waiter did not ask whether there is a result',
      'await b (c)',
      { ConditionExpression: 'attribute_exists(#result) OR attribute_not_exists(#result)' },
    ],
    ['the marker did not get back who waits', 'mark b', { ReturnValues: 'UPDATED_NEW' }],
  ])('would notice if %s', async (_, name, change) => {
    const state = stateNamed(name);
    const before = all;
    all = new Map([...all, [name, { ...state, Arguments: { ...(state.Arguments as object), ...change } }]]);
    evaluated.clear();
    try {
      expect((await search(0)).wrong).toBeDefined();
    } finally {
      all = before;
      evaluated.clear();
    }
  });
});
