import { alertInput, alarmTopic, callback, contract, pipeline, task, z } from '../../lib';
import { compile } from '../../lib/compiler/compile';
import { checkPipeline } from '../../lib/model/check';

const page = contract({
  name: 'page-somebody',
  summary: 'Calls who is on duty.',
  input: alertInput,
  output: z.object({}),
  memoryMb: 256,
  access: [{ store: 'objects', mode: 'write', prefix: 'pages/{pipeline}/' }],
});
const step = task(contract({ name: 'step', summary: 'S.', input: z.object({}), output: z.object({}) }));
const made = (id = 'shop') =>
  pipeline({ id, description: 'S.', onFailure: [alarmTopic, callback(page)] }, () => {
    step('a', {}, { onRetry: [callback(page)] });
  }).model;

it('gives a callback a function of its own, which the machine carries and no state invokes', () => {
  const { functions, definition } = compile(made());
  expect(functions.map(({ key }) => key)).toEqual(['step', 'callback-page-somebody']);
  expect(functions[1]).toMatchObject({
    handler: 'lambdas/page-somebody',
    memoryMb: 256,
    access: [{ prefix: 'pages/shop/' }],
    tasks: [],
  });
  const { Begin, ...others } = definition.States;
  const told = { kind: 'task', contract: 'page-somebody', function: '${FnCallbackPageSomebody}' };
  expect(Begin).toMatchObject({
    Arguments: {
      Payload: {
        policy: { alerts: { onFailure: [{ kind: 'topic' }, told], tasks: { a: { onRetry: [told] } } } },
      },
    },
  });
  expect(JSON.stringify(others)).not.toContain('FnCallback');
});

it('refuses an id that would hide the name of the function from the notifier', () => {
  const codes = checkPipeline(made('a-pipeline-with-a-very-long-name')).map(({ code }) => code);
  expect(new Set(codes)).toEqual(new Set(['MR232']));
});
