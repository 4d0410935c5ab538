import '../support/quiet-telemetry';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { z } from 'zod';
import { ssmClient } from '../../lib/aws/clients/ssm';
import { readTaskRecord } from '../../lib/orchestration/task-record';
import { taskHandler, type TaskFunction } from '../../lib/runtime/task-handler';
import { connection } from '../../lib/tasks/connection';
import { contract } from '../../lib/tasks/contract';
import { variable } from '../../lib/tasks/variable';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { lambdaContext, taskEvent } from '../support/task-event';

let aws: LocalAws;
let count = 0;
let runId: string;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());
beforeEach(() => {
  runId = `run-${++count}`;
});

const minimumAuc = variable('minimum-auc', z.number().min(0).max(1), { default: 0.7 });
const market = variable('market', z.string());
const foreign = variable('foreign', z.string());
const crm = connection('crm', 'http');
const used = contract({
  name: 'used',
  summary: 'For tests.',
  input: z.object({}),
  output: z.object({ got: z.unknown() }),
  uses: { variables: [minimumAuc, market], connections: [crm] },
});
type Context = Parameters<TaskFunction<typeof used>>[1];

const put = async (name: string, Value: string) =>
  ssmClient().send(
    new PutParameterCommand({ Name: `/millrace-test/${name}`, Value, Type: 'String', Overwrite: true }),
  );
const run = async (got: (context: Context) => Promise<unknown>, event: object = {}) =>
  (
    await taskHandler(used, async (_input, context) => ({ got: await got(context) }))(
      { ...taskEvent({ runId, returns: { '': 'any' } }), ...event },
      lambdaContext(),
    )
  ).out;

it('reads a default until somebody sets a value, and then that without a deployment', async () => {
  const read = async () => run(async (context) => context.variable(minimumAuc));
  expect(await read()).toEqual({ got: 0.7 });
  await put('variables/minimum-auc', '0.9');
  runId += 'b';
  expect(await read()).toEqual({ got: 0.9 });
});

it('names the command that sets what is missing', async () => {
  await expect(run(async (context) => context.variable(market))).rejects.toMatchObject({
    name: 'Millrace.VariableNotSet',
    message: expect.stringContaining('millrace variables set market <value>') as unknown,
  });
  await expect(run(async (context) => context.connection(crm))).rejects.toMatchObject({
    name: 'Millrace.ConnectionNotSet',
    message: expect.stringContaining('millrace connections set crm http') as unknown,
  });
});

it('refuses values of another type, without quoting what may be secret', async () => {
  await put('variables/minimum-auc', 'lots');
  await expect(run(async (context) => context.variable(minimumAuc))).rejects.toMatchObject({
    name: 'Millrace.InvalidVariable',
    message: expect.stringContaining('expected number') as unknown,
  });
  await put(
    'connections/crm',
    '{"kind":"postgres","host":"h","database":"d","user":"u","password":"sesame"}',
  );
  await expect(run(async (context) => context.connection(crm))).rejects.toMatchObject({
    name: 'Millrace.InvalidConnection',
    message: expect.stringContaining('leads to postgres, and the task wants http') as unknown,
  });
  await put('connections/crm', '{"kind":"http","token":"sesame"}');
  const error: unknown = await run(async (context) => context.connection(crm)).catch(
    (thrown: unknown) => thrown,
  );
  expect(String(error)).toContain('baseUrl');
  expect(String(error)).not.toContain('sesame');
});

it('gives a task nothing that its contract does not name', async () => {
  await put('variables/foreign', 'x');
  await expect(run(async (context) => context.variable(foreign))).rejects.toThrow(
    /Millrace\.NotDeclared.*uses: \{ variables: \[foreign\] \}/,
  );
});

it('closes what was opened, the last first, also when the task fails', async () => {
  const closed: string[] = [];
  await expect(
    run(async (context) => {
      context.onEnd(() => void closed.push('first'));
      context.onEnd(() => {
        closed.push('second');
        throw new Error('cannot close');
      });
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(closed).toEqual(['second', 'first']);
});

it('takes no earlier result when a variable has changed since', async () => {
  await put('variables/market', 'de');
  await put('variables/minimum-auc', '0.5');
  const cached = { cache: { seconds: 60 } };
  const calls: string[] = [];
  const read = async () => {
    runId += 'x';
    await run(async (context) => {
      calls.push(await context.variable(market));
      return 1;
    }, cached);
    return (await readTaskRecord(runId, 'train'))?.cached !== undefined;
  };
  expect([await read(), await read()]).toEqual([false, true]);
  await put('variables/market', 'fr');
  expect(await read()).toBe(false);
  expect(calls).toEqual(['de', 'fr']);
});
