/** The AWS SDK's clients for Step Functions and Lambda, unmodified, against the local port. */
import { setTimeout as pause } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  RedriveExecutionCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { startTestCloud, type TestCloud } from '../support/local-cloud';

const CODE = `
let calls = 0;
exports.handler = async (event, context) => {
  calls++;
  switch (event.do) {
    case 'echo': return { got: event.value, calls, left: context.getRemainingTimeInMillis() > 0 };
    case 'throw': { const e = new Error('as asked'); e.name = event.name; throw e; }
    case 'fail-first': if (calls < event.times + 1) throw new Error('not yet'); return calls;
    case 'hang': return new Promise(() => setInterval(() => {}, 1000));
    case 'exit': process.exit(3);
    case 'print': console.log('x'.repeat(2_000_000)); return 'printed';
    case 'large': return 'x'.repeat(7 * 1024 * 1024);
    case 'big-state': return 'x'.repeat(300 * 1024);
  }
};`;

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:tool';
const template = {
  Resources: {
    Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'tool' } },
    Tool: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'tool',
        Handler: 'index.handler',
        Runtime: 'nodejs22.x',
        MemorySize: 256,
        Timeout: 2,
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Code: { S3Bucket: 'b', S3Key: 'tool.zip' },
      },
    },
  },
};

describe('Step Functions and Lambda', () => {
  let cloud: TestCloud;
  let sfn: SFNClient;
  let lambda: LambdaClient;

  beforeAll(async () => {
    cloud = await startTestCloud(template, { tool: CODE });
    sfn = new SFNClient(cloud.client);
    lambda = new LambdaClient({ ...cloud.client, maxAttempts: 1 });
  });
  afterAll(async () => {
    sfn.destroy();
    lambda.destroy();
    await cloud.remove();
  });

  const task = (payload: object, more: object = {}) => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: FUNCTION, Payload: payload },
    Output: '{% $states.result.Payload %}',
    End: true,
    ...more,
  });

  let number = 0;
  async function start(
    definition: { StartAt: string; States: object; TimeoutSeconds?: number },
    input: unknown = {},
  ) {
    const { stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({
        name: `m${number++}`,
        roleArn: 'arn:aws:iam::000000000000:role/x',
        definition: JSON.stringify({ QueryLanguage: 'JSONata', ...definition }),
      }),
    );
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn, name: 'one', input: JSON.stringify(input) }),
    );
    return executionArn ?? '';
  }
  async function ended(executionArn: string) {
    for (;;) {
      const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (execution.status !== 'RUNNING') return execution;
      await pause(10);
    }
  }
  async function tokenOf(executionArn: string): Promise<string> {
    for (;;) {
      const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn }));
      const parameters = events.find((event) => event.type === 'TaskScheduled')?.taskScheduledEventDetails
        ?.parameters;
      if (parameters !== undefined)
        return (JSON.parse(parameters) as { Payload: { value: string } }).Payload.value;
      await pause(5);
    }
  }
  const run = async (definition: Parameters<typeof start>[0], input: unknown = {}) =>
    ended(await start(definition, input));
  const output = async (definition: Parameters<typeof start>[0], input: unknown = {}) => {
    const execution = await run(definition, input);
    expect({ status: execution.status, error: execution.error, cause: execution.cause }).toEqual({
      status: 'SUCCEEDED',
      error: undefined,
      cause: undefined,
    });
    return JSON.parse(execution.output ?? 'null') as unknown;
  };

  it('passes variables on, evaluates all expressions over the values at entry', async () => {
    expect(
      await output(
        {
          StartAt: 'a',
          States: {
            a: { Type: 'Pass', Assign: { x: '{% $states.input.n %}', y: 1 }, Next: 'b' },
            b: { Type: 'Pass', Assign: { x: '{% $x + 1 %}', y: '{% $x %}' }, Next: 'c' },
            c: { Type: 'Pass', Output: { x: '{% $x %}', y: '{% $y %}', sum: '{% $x + $y %}' }, End: true },
          },
        },
        { n: 5 },
      ),
    ).toEqual({ x: 6, y: 5, sum: 11 });
  });

  it('chooses, with assignments of the rule and of the default', async () => {
    const definition = {
      StartAt: 'c',
      States: {
        c: {
          Type: 'Choice',
          Choices: [{ Condition: '{% $states.input.n > 3 %}', Assign: { way: 'high' }, Next: 'end' }],
          Default: 'end',
          Assign: { way: 'low' },
        },
        end: { Type: 'Pass', Output: '{% $way %}', End: true },
      },
    };
    expect([await output(definition, { n: 4 }), await output(definition, { n: 1 })]).toEqual(['high', 'low']);
  });

  it('runs branches at once and joins their outputs in order; inner scopes read outer variables', async () => {
    const branch = (value: number) => ({
      StartAt: `p${value}`,
      States: {
        [`p${value}`]: task(
          { do: 'echo', value: `{% $base + ${value} %}` },
          { Output: '{% $states.result.Payload.got %}' },
        ),
      },
    });
    expect(
      await output({
        StartAt: 's',
        States: {
          s: { Type: 'Pass', Assign: { base: 10 }, Next: 'p' },
          p: {
            Type: 'Parallel',
            Branches: [branch(1), branch(2)],
            Output: '{% $states.result %}',
            End: true,
          },
        },
      }),
    ).toEqual([11, 12]);
  });

  it('maps over items with a limit, in order', async () => {
    expect(
      await output({
        StartAt: 'm',
        States: {
          m: {
            Type: 'Map',
            Items: '{% [1..5] %}',
            MaxConcurrency: 2,
            ItemSelector: {
              n: '{% $states.context.Map.Item.Value %}',
              i: '{% $states.context.Map.Item.Index %}',
            },
            ItemProcessor: {
              StartAt: 'd',
              States: {
                d: { Type: 'Pass', Output: '{% $states.input.n * 10 + $states.input.i %}', End: true },
              },
            },
            End: true,
          },
        },
      }),
    ).toEqual([10, 21, 32, 43, 54]);
  });

  it('retries, then goes on with the result', async () => {
    const history = await start({
      StartAt: 't',
      States: {
        t: task(
          { do: 'fail-first', times: 100 },
          {
            Retry: [
              {
                ErrorEquals: ['Error'],
                MaxAttempts: 2,
                IntervalSeconds: 1,
                BackoffRate: 1,
                JitterStrategy: 'FULL',
              },
            ],
            Catch: [{ ErrorEquals: ['States.ALL'], Assign: { e: '{% $states.errorOutput %}' }, Next: 'c' }],
          },
        ),
        c: { Type: 'Pass', Output: '{% $e.Error %}', End: true },
      },
    });
    expect((await ended(history)).output).toBe('"Error"');
    const { events = [] } = await sfn.send(
      new GetExecutionHistoryCommand({ executionArn: history, maxResults: 1000 }),
    );
    expect(events.filter((event) => event.type === 'TaskFailed')).toHaveLength(3);
    expect(events.map((event) => event.id)).toEqual(events.map((_, i) => i + 1));
  });

  it('matches errors by name: what must not be retried is not', async () => {
    const execution = await run({
      StartAt: 't',
      States: {
        t: task(
          { do: 'throw', name: 'Millrace.InvalidInput' },
          {
            Retry: [
              { ErrorEquals: ['Millrace.InvalidInput'], MaxAttempts: 0 },
              { ErrorEquals: ['States.ALL'], IntervalSeconds: 60 },
            ],
          },
        ),
      },
    });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'Millrace.InvalidInput' });
    expect(execution.cause).toContain('as asked');
  });

  it.each([
    ['hangs', 'hang', 'Sandbox.Timedout'],
    ['exits', 'exit', 'Runtime.ExitError'],
    ['answers too much', 'large', 'Function.ResponseSizeTooLarge'],
    ['answers more than a state holds', 'big-state', 'States.DataLimitExceeded'],
  ])('names the error of a handler that %s', async (_what, action, error) => {
    expect(await run({ StartAt: 't', States: { t: task({ do: action }) } })).toMatchObject({
      status: 'FAILED',
      error,
    });
  });

  it('bears a handler that prints megabytes', async () => {
    expect(await output({ StartAt: 't', States: { t: task({ do: 'print' }) } })).toBe('printed');
  });

  it('waits for a token, and hears it once', async () => {
    const executionArn = await start({
      StartAt: 'w',
      States: {
        w: {
          Type: 'Task',
          Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
          Arguments: {
            FunctionName: FUNCTION,
            Payload: { do: 'echo', value: '{% $states.context.Task.Token %}' },
          },
          End: true,
        },
      },
    });
    const token = await tokenOf(executionArn);
    await sfn.send(new SendTaskSuccessCommand({ taskToken: token, output: '{"ok":true}' }));
    expect((await ended(executionArn)).output).toBe('{"ok":true}');
    await expect(
      sfn.send(new SendTaskSuccessCommand({ taskToken: token, output: '{}' })),
    ).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await expect(
      sfn.send(new SendTaskSuccessCommand({ taskToken: 'nonsense', output: '{}' })),
    ).rejects.toMatchObject({ name: 'InvalidToken' });
  });

  it('times an attempt out that sends no heartbeat, and waits for one that does', async () => {
    const waiting = (heartbeat: number) => ({
      StartAt: 'w',
      States: {
        w: {
          Type: 'Task',
          Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
          Arguments: {
            FunctionName: FUNCTION,
            Payload: { do: 'echo', value: '{% $states.context.Task.Token %}' },
          },
          HeartbeatSeconds: heartbeat,
          End: true,
        },
      },
    });
    expect(await run(waiting(1))).toMatchObject({ status: 'FAILED', error: 'States.HeartbeatTimeout' });
    const executionArn = await start(waiting(1));
    const token = await tokenOf(executionArn);
    for (let i = 0; i < 3; i++) {
      await pause(500);
      await sfn.send(new SendTaskHeartbeatCommand({ taskToken: token }));
    }
    await sfn.send(new SendTaskSuccessCommand({ taskToken: token, output: '1' }));
    expect(await ended(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '1' });
  });

  it('redrives what failed or was stopped, and only that', async () => {
    const executionArn = await start({
      StartAt: 'first',
      States: {
        first: { Type: 'Pass', Assign: { kept: 7 }, Next: 'both' },
        both: {
          Type: 'Parallel',
          Branches: [
            { StartAt: 'done', States: { done: { Type: 'Pass', Output: 'once', End: true } } },
            {
              StartAt: 'weak',
              States: {
                weak: {
                  Type: 'Choice',
                  Choices: [{ Condition: '{% $states.context.Execution.RedriveCount > 0 %}', Next: 'well' }],
                  Default: 'fails',
                },
                fails: task({ do: 'throw', name: 'Broken' }),
                well: { Type: 'Pass', Output: 'well', End: true },
              },
            },
            {
              StartAt: 'long',
              States: {
                long: {
                  Type: 'Wait',
                  Seconds: '{% $states.context.Execution.RedriveCount > 0 ? 0 : 3600 %}',
                  Next: 'after',
                },
                after: { Type: 'Pass', Output: '{% $kept %}', End: true },
              },
            },
          ],
          End: true,
        },
      },
    });
    expect(await ended(executionArn)).toMatchObject({ status: 'FAILED', error: 'Broken' });
    await sfn.send(new RedriveExecutionCommand({ executionArn }));
    // The state that failed is entered again, not the choice before it.
    expect(await ended(executionArn)).toMatchObject({ status: 'FAILED', redriveCount: 1 });
    const { events = [] } = await sfn.send(
      new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }),
    );
    expect(events.filter((event) => event.type === 'ExecutionRedriven')).toHaveLength(1);
    const entered = events.flatMap((event) => event.stateEnteredEventDetails?.name ?? []);
    expect(entered.filter((name) => name === 'done')).toHaveLength(1);
    expect(entered.filter((name) => name === 'first')).toHaveLength(1);
    expect(entered.filter((name) => name === 'fails')).toHaveLength(2);
    expect(entered.filter((name) => name === 'long')).toHaveLength(2);
    const done = await start({ StartAt: 'p', States: { p: { Type: 'Pass', End: true } } });
    await ended(done);
    await expect(sfn.send(new RedriveExecutionCommand({ executionArn: done }))).rejects.toMatchObject({
      name: 'ExecutionNotRedrivable',
    });
  });

  it('runs a distributed map: batches, no outer variables, tolerated failures', async () => {
    const map = (tolerated: number) => ({
      StartAt: 's',
      States: {
        s: { Type: 'Pass', Assign: { base: 100 }, Next: 'm' },
        m: {
          Type: 'Map',
          Items: '{% [1..10] %}',
          ItemSelector: { n: '{% $states.context.Map.Item.Value + $base %}' },
          ItemBatcher: { MaxItemsPerBatch: 4, BatchInput: { unit: 'x' } },
          ToleratedFailureCount: tolerated,
          ItemProcessor: {
            ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
            StartAt: 'q',
            States: {
              q: {
                Type: 'Choice',
                Choices: [{ Condition: '{% 105 in $states.input.Items.n %}', Next: 'bad' }],
                Default: 'sum',
              },
              bad: { Type: 'Fail', Error: 'Odd', Cause: 'one of them' },
              sum: {
                Type: 'Pass',
                Output:
                  "{% $states.input.BatchInput.unit & ($exists($base) ? 'seen' : $string($sum($states.input.Items.n))) %}",
                End: true,
              },
            },
          },
          End: true,
        },
      },
    });
    expect(await output(map(1))).toEqual(['x410', { Error: 'Odd', Cause: 'one of them' }, 'x219']);
    expect(await run(map(0))).toMatchObject({
      status: 'FAILED',
      error: 'States.ExceedToleratedFailureThreshold',
    });
  });

  it('stops an execution', async () => {
    const executionArn = await start({
      StartAt: 'w',
      States: { w: { Type: 'Wait', Seconds: 3600, End: true } },
    });
    await sfn.send(new StopExecutionCommand({ executionArn, error: 'Enough', cause: 'by hand' }));
    expect(await ended(executionArn)).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'by hand' });
  });

  it('starts an execution of a name once', async () => {
    const { stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({
        name: 'once',
        roleArn: 'arn:aws:iam::000000000000:role/x',
        definition: JSON.stringify({
          QueryLanguage: 'JSONata',
          StartAt: 'w',
          States: { w: { Type: 'Wait', Seconds: 3600, End: true } },
        }),
      }),
    );
    const request = { stateMachineArn, name: 'same', input: '{}' };
    const first = await sfn.send(new StartExecutionCommand(request));
    expect((await sfn.send(new StartExecutionCommand(request))).executionArn).toBe(first.executionArn);
    await expect(
      sfn.send(new StartExecutionCommand({ ...request, input: '{"other":1}' })),
    ).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  it('lists the faults of a definition', async () => {
    const definition = {
      StartAt: 'nowhere',
      States: {
        a: { Type: 'Pass', Assign: { x: '{% 1 + %}' }, Next: 'gone' },
        b: { Type: 'Nap', End: true },
      },
    };
    await expect(start(definition)).rejects.toMatchObject({
      name: 'InvalidDefinition',
      message: expect.stringMatching(/nowhere.*gone.*Nap.*b: no state leads to it.*Assign\/x/s),
    });
  });

  it('invokes a function, and says how it failed', async () => {
    const good = await lambda.send(
      new InvokeCommand({ FunctionName: 'tool', Payload: Buffer.from('{"do":"echo","value":7}') }),
    );
    expect(JSON.parse(Buffer.from(good.Payload ?? []).toString())).toMatchObject({ got: 7, left: true });
    const bad = await lambda.send(
      new InvokeCommand({ FunctionName: 'tool', Payload: Buffer.from('{"do":"throw","name":"Odd"}') }),
    );
    expect(bad.FunctionError).toBe('Unhandled');
    expect(JSON.parse(Buffer.from(bad.Payload ?? []).toString())).toMatchObject({
      errorType: 'Odd',
      errorMessage: 'as asked',
    });
    await expect(lambda.send(new InvokeCommand({ FunctionName: 'absent' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});
