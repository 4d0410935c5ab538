import { z } from 'zod';
import { compile } from '../../lib/compiler/compile';
import { alarmTopic, secret, slack, webhook } from '../../lib/dsl/alerts';
import { map } from '../../lib/dsl/map';
import { pipeline, type PipelineProps } from '../../lib/dsl/pipeline';
import { task, type TaskOptions } from '../../lib/dsl/task';
import { contract } from '../../lib/tasks/contract';

const step = task(
  contract({ name: 'step', summary: 'For tests.', input: z.object({}), output: z.object({ n: z.number() }) }),
);

function compiled(props: Partial<PipelineProps<z.ZodObject>>, options: TaskOptions = {}) {
  return compile(
    pipeline({ id: 'told', description: 'For tests.', ...props }, () => step('train', {}, options)).model,
  );
}

function payloadOf(props: Partial<PipelineProps<z.ZodObject>>, options: TaskOptions = {}) {
  const { definition } = compiled(props, options);
  const payload = (state: string) =>
    (definition.States[state] as unknown as { Arguments: { Payload: Record<string, unknown> } }).Arguments
      .Payload;
  return { policy: payload('Begin')['policy'] as object, train: payload('train') };
}

it('the machine carries who is told, with secrets by name only', () => {
  const hook = slack(secret('risk-ml-webhook'));
  const { policy, train } = payloadOf(
    { onFailure: [alarmTopic, hook], deadline: { after: 3600 } },
    { retries: 2, onSuccess: [webhook(secret('team/hook', { from: 'secrets-manager' }))] },
  );
  expect(policy).toMatchObject({
    alerts: {
      onFailure: [
        { kind: 'topic' },
        { kind: 'slack', url: { secret: 'risk-ml-webhook', store: 'parameter' } },
      ],
      deadline: { seconds: 3600, from: 'start', channels: [{ kind: 'topic' }, hook] },
      tasks: {
        train: {
          retries: 2,
          onSuccess: [{ kind: 'webhook', url: { secret: 'team/hook', store: 'secrets-manager' } }],
        },
      },
    },
  });
  expect(train['announces']).toEqual({ success: true });
});

it('a deadline of a task is told to its own channels, to those of its failure, or to the topic', () => {
  const hook = slack(secret('hook'));
  const tasksOf = (options: TaskOptions) => {
    const { policy } = payloadOf({ onFailure: [alarmTopic] }, options);
    return (policy as { alerts: { tasks: { train: object } } }).alerts.tasks.train;
  };
  expect(tasksOf({ deadline: { after: 600 } })).toMatchObject({
    deadline: { seconds: 600, from: 'start', channels: [{ kind: 'topic' }] },
  });
  expect(tasksOf({ deadline: { after: 600, from: 'logical-date' }, onFailure: [hook] })).toMatchObject({
    deadline: { seconds: 600, from: 'logical-date', channels: [hook] },
  });
  expect(tasksOf({ deadline: { after: 600, channels: [hook] } })).toMatchObject({
    deadline: { channels: [hook] },
  });
});

it('a pipeline that tells nobody carries nothing of it', () => {
  const { policy, train } = payloadOf({});
  expect(policy).not.toHaveProperty('alerts');
  expect(train).not.toHaveProperty('announces');
});

it('refuses a URL in the place of a secret, and a deadline of less than a minute', () => {
  expect(() => compiled({ onFailure: [slack(secret('https://hooks.slack.com/services/T0/B0/x'))] })).toThrow(
    'MR230',
  );
  expect(() => compiled({ deadline: { after: 5 } })).toThrow('MR231');
  expect(() => compiled({}, { deadline: { after: 5 } })).toThrow('MR231');
  expect(() =>
    compile(
      pipeline({ id: 'told', description: 'For tests.' }, () => {
        map('each', [1, 2], () => step('train', {}, { deadline: { after: 60 } }));
      }).model,
    ),
  ).toThrow('MR236');
});
