import '../support/quiet-telemetry';
import { beginRun } from '../../lib/orchestration/begin-run';
import { notify } from '../../lib/orchestration/alerts/notify';
import type { Carriers } from '../../lib/orchestration/alerts/deliver';
import { readOutbox } from '../../lib/orchestration/alerts/outbox';
import type { AlertEvent } from '../../lib/orchestration/events';
import { readTaskRecord } from '../../lib/orchestration/task-record';
import { taskHandler } from '../../lib/runtime/task-handler';
import type { TaskEvent } from '../../lib/model/envelope';
import type { Alerts } from '../../lib/model/alerts';
import { alertInput, type AlertInput } from '../../lib/tasks/alert-input';
import { contract } from '../../lib/tasks/contract';
import { z } from 'zod';
import { MACHINES, startLocalAws, type LocalAws } from '../support/local-aws';
import { lambdaContext } from '../support/task-event';

let aws: LocalAws;
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:millrace-test-shop-callback-page:3';
const EXECUTION = 'arn:aws:states:us-east-1:000000000000:execution:millrace-test-shop:run';
const place = {
  machineArn: (name: string) => `${MACHINES}${name}`,
  now: () => new Date('2026-11-21T08:00:00Z'),
  requestId: 'request',
};
const channel = { kind: 'task', contract: 'page', function: FUNCTION } as const;
const alerts: Alerts = {
  onFailure: [channel],
  tasks: { load: { onFailure: [channel], retries: 1 } },
};
beforeAll(async () => {
  aws = await startLocalAws();
  await aws.createMachine('millrace-test-shop', {
    QueryLanguage: 'JSONata',
    StartAt: 'Begin',
    States: {
      Begin: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Arguments: { FunctionName: 'begin', Payload: { policy: { alerts } } },
        End: true,
      },
    },
  });
  await beginRun({
    pipeline: 'shop',
    execution: { arn: EXECUTION, name: 'run', startTime: '2026-11-21T06:00:00Z' },
    input: { runId: 'run', logicalDate: '2026-11-20T00:00:00Z' },
    paramsSchema: {},
    code: { commit: 'c0ffee', dirty: false },
  });
});
afterAll(async () => aws.stop());

const failed = (attempt: number): AlertEvent => ({
  type: 'Task Failed',
  detail: {
    pipeline: 'shop',
    run: 'run',
    execution: EXECUTION,
    logicalDate: '2026-11-20T00:00:00Z',
    task: 'load',
    attempt,
    redrive: 0,
    final: false,
    error: { name: 'Broken', message: 'no rows' },
  },
});

function carriers(invoke: Carriers['invoke']): Carriers {
  return { publish: async () => {}, post: async () => 200, reveal: async () => '', outside: false, invoke };
}

it('calls the function with the context, once, after the last attempt', async () => {
  const invoked: { readonly arn: string; readonly event: TaskEvent }[] = [];
  const carry = carriers(async (arn, event) => void invoked.push({ arn, event }));
  for (const attempt of [1, 2, 2]) await notify(failed(attempt), place, carry);
  expect(invoked).toHaveLength(1);
  expect(invoked[0]?.arn).toBe(FUNCTION);
  expect(invoked[0]?.event).toMatchObject({
    run: { id: 'run', pipeline: 'shop' },
    execution: EXECUTION,
    input: {
      occasion: 'task-failed',
      task: 'load',
      attempt: 2,
      ds: '2026-11-20',
      error: { name: 'Broken', message: 'no rows' },
      command: 'millrace logs run load',
    },
  });
  expect((await readOutbox({ limit: 9 }))[0]?.deliveries).toEqual([{ channel, state: 'sent' }]);

  // What is sent is what the contract of a callback takes, and the same delivery twice is done once.
  const got: AlertInput[] = [];
  const handler = taskHandler(
    contract({ name: 'page', summary: 'P.', input: alertInput, output: z.object({}) }),
    async (input) => {
      got.push(input);
      return {};
    },
  );
  const event = invoked[0]?.event;
  if (event === undefined) throw new Error('It was invoked.');
  await handler(event, lambdaContext());
  await handler(event, lambdaContext());
  expect(got).toHaveLength(1);
  expect(await readTaskRecord('run', event.task)).toMatchObject({ status: 'success' });
});

it('neither fails a run nor asks again when the function is gone; a busy one is asked again', async () => {
  const gone = Object.assign(new Error('Function not found'), { name: 'ResourceNotFoundException' });
  const event = (redrive: number): AlertEvent =>
    ({ ...failed(2), detail: { ...failed(2).detail, redrive } }) as AlertEvent;
  await notify(
    event(1),
    place,
    carriers(async () => Promise.reject(gone)),
  );
  const busy = Object.assign(new Error('Rate exceeded'), { name: 'TooManyRequestsException' });
  await expect(
    notify(
      event(2),
      place,
      carriers(async () => Promise.reject(busy)),
    ),
  ).rejects.toMatchObject({ name: 'Millrace.NotDelivered' });
  const states = (await readOutbox({ limit: 9 })).map(({ deliveries }) => deliveries[0]?.state);
  expect(states.sort()).toEqual(['failed', 'refused', 'sent']);
});
