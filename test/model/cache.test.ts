import { z } from 'zod';
import { compile } from '../../lib/compiler/compile';
import { pipeline } from '../../lib/dsl/pipeline';
import { sensor } from '../../lib/dsl/sensors';
import { task, type TaskOptions } from '../../lib/dsl/task';
import { contract } from '../../lib/tasks/contract';

const step = contract({
  name: 'step',
  summary: 'For tests.',
  input: z.object({}),
  output: z.object({ n: z.number() }),
});

const compiled = (body: () => unknown) =>
  compile(pipeline({ id: 'kept', description: 'For tests.' }, body).model).definition.States['a'];
const withOptions = (options: TaskOptions) => compiled(() => task(step)('a', {}, options));

it('a task says how old a result may be, and in which environment it was made', () => {
  expect(withOptions({ cache: { for: 60 } })).toMatchObject({
    Arguments: { Payload: { cache: { seconds: 60 } } },
  });
  expect(withOptions({ cache: { for: 60 }, environment: { SEED: '1' } })).toMatchObject({
    Arguments: { Payload: { cache: { seconds: 60, environment: { SEED: '1' } } } },
  });
});

it('refuses no time at all, and a sensor', () => {
  expect(() => withOptions({ cache: { for: 0 } })).toThrow('MR250');
  expect(() => compiled(() => sensor(step)('a', {}, { cache: { for: 60 } } as never))).toThrow('MR251');
});
