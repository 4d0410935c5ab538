/**
 * The gate protocol, as the compiler writes it, against the DynamoDB of the local cloud: in every order in which the steps
 * of waiter and marker can come, with each of them repeated or cut off and tried again, the waiter ends awake, with the
 * right result, and is woken at most once per token.
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

const send = (id: string) => notify(id, { subject: id, text: id });
const { definition: compiled } = compile(
  pipeline({ id: 'n', description: 'An N' }, () => {
    const a = send('a');
    const b = send('b');
    send('c').after(a, b);
    send('d').after(b);
  }).model,
);

const definition = JSON.parse(
  JSON.stringify(compiled).replaceAll('${OrchestrationTable}', 'orchestration'),
) as { readonly States: States };

type States = Record<
  string,
  { Arguments?: unknown; Assign?: Record<string, unknown>; Branches?: { States: States }[] }
>;

/** A state anywhere in the machine. */
function find(name: string, states = definition.States): States[string] {
  const here = states[name];
  if (here !== undefined) return here;
  for (const state of Object.values(states))
    for (const branch of state.Branches ?? []) {
      try {
        return find(name, branch.States);
      } catch {
        // In another branch.
      }
    }
  throw new Error(`There is no state ${name}.`);
}

const RESULT = { status: 'success', out: { n: 7 } };

describe('the gate protocol', () => {
  let directory: string;
  let root: RootDatabase;
  let dynamodb: DynamoDbService;
  let runs = 0;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'millrace-gate-'));
    root = open({ path: directory, maxDbs: 8, encoding: 'json', noSync: true });
    dynamodb = new DynamoDbService({ root });
    await createGateTable(dynamodb, 'orchestration');
  });
  afterAll(async () => {
    await root.close();
    rmSync(directory, { recursive: true, force: true });
  });

  class Play {
    private readonly run = `run-${runs++}`;
    /** Token that the waiter's state waits with now. */
    private token: string | undefined;
    awake: unknown;
    readonly woken: string[] = [];
    private refused = false;
    private known: string[] = [];

    private bindings(token?: string, result?: unknown) {
      const variables: Record<string, unknown> = { run: { id: this.run }, b__1: RESULT };
      return {
        variables: (names: readonly string[]) =>
          Object.fromEntries(
            names.filter((name) => name in variables).map((name) => [name, variables[name]]),
          ),
        states: {
          result,
          context: {
            Execution: { Name: this.run, StartTime: '2026-01-01T00:00:00Z' },
            ...(token === undefined ? {} : { Task: { Token: token } }),
          },
        },
      };
    }

    /** The waiter's state is entered, or tried again, with a token of its own. */
    async register(token: string): Promise<void> {
      if (this.awake !== undefined) return;
      this.token = token;
      const input = await evaluate(find('await b').Arguments, this.bindings(token), 'Arguments');
      try {
        await dynamodb.call('UpdateItem', input, ROOT);
      } catch (error) {
        if (!(error instanceof AwsError) || error.code !== 'ConditionalCheckFailedException') throw error;
        this.refused = true;
      }
    }

    /** After a refusal the waiter reads. */
    async read(): Promise<void> {
      if (!this.refused || this.awake !== undefined) return;
      const state = find('await b: result');
      const item = await dynamodb.call(
        'GetItem',
        await evaluate(state.Arguments, this.bindings(), 'Arguments'),
        ROOT,
      );
      const assigned = (await evaluate(state.Assign, this.bindings(undefined, item), 'Assign')) as object;
      this.awake = Object.values(assigned)[0];
    }

    async mark(): Promise<void> {
      const state = find('mark b');
      const answer = await dynamodb.call(
        'UpdateItem',
        await evaluate(state.Arguments, this.bindings(), 'Arguments'),
        ROOT,
      );
      const assigned = (await evaluate(state.Assign, this.bindings(undefined, answer), 'Assign')) as object;
      this.known = Object.values(assigned)[0] as string[];
    }

    /** Sends the result to all tokens that the mark gave back; one that is not waited for any more is refused. */
    wake(): void {
      for (const token of this.known) {
        if (token !== this.token || this.awake !== undefined) continue;
        this.woken.push(token);
        this.awake = RESULT;
      }
    }
  }

  /** All ways to merge two rows of steps. */
  function* merges(a: readonly string[], b: readonly string[]): Generator<string[]> {
    if (a.length === 0 || b.length === 0) {
      yield [...a, ...b];
      return;
    }
    for (const rest of merges(a.slice(1), b)) yield [a[0] ?? '', ...rest];
    for (const rest of merges(a, b.slice(1))) yield [b[0] ?? '', ...rest];
  }

  const WAITERS = [
    ['register 1', 'read'],
    // The answer is lost and the request sent again; the state is tried again with a new token.
    ['register 1', 'register 1', 'read'],
    ['register 1', 'register 2', 'read'],
    ['register 1', 'register 1', 'register 2', 'read'],
  ];
  const MARKERS = [
    ['mark', 'wake'],
    ['mark', 'mark', 'wake'],
    ['mark', 'wake', 'mark', 'wake'],
    ['mark', 'wake', 'wake'],
  ];

  it('wakes the waiter in every order of steps', async () => {
    let orders = 0;
    for (const waiter of WAITERS)
      for (const marker of MARKERS)
        for (const order of merges(waiter, marker)) {
          orders++;
          const play = new Play();
          for (const step of order) {
            if (step === 'mark') await play.mark();
            else if (step === 'wake') play.wake();
            else if (step === 'read') await play.read();
            else await play.register(step);
          }
          // A refused waiter reads as its next step, whenever that comes.
          await play.read();
          expect({ order, awake: play.awake }).toEqual({ order, awake: RESULT });
          expect(play.woken.length).toBeLessThanOrEqual(1);
        }
    expect(orders).toBeGreaterThan(300);
  });
});
