import { contract, pipeline, task, z, type TaskOptions } from '../../lib';
import { checkPipeline } from '../../lib/model/check';
import type { Contract } from '../../lib/tasks/contract';

const codes = (props: Partial<Contract>, options: TaskOptions = {}) => {
  const one = task(
    contract({
      name: 'one',
      summary: 'For tests.',
      input: z.object({ a: z.string() }),
      output: z.object({ b: z.number() }),
      ...props,
    }),
  );
  const { model } = pipeline({ id: 'p', description: 'P.' }, () => {
    one('one', { a: 'x' }, options);
  });
  return checkPipeline(model).map(({ code, message }) => [code, message.replace(/ \(.*$/, '')]);
};
const TRACKS = { access: [{ store: 'tracking', mode: 'write' }] } as const;

it('a contract that Python can check is taken', () => {
  expect(codes({ runtime: 'python' })).toEqual([]);
  expect(codes({ runtime: 'python', ...TRACKS }, { tracking: 'best-effort' })).toEqual([]);
});

it('what Python could not check is named with its place', () => {
  const input = z.object({ a: z.string().refine((text) => text !== 'no') });
  expect(codes({ runtime: 'python', input })).toEqual([
    ['MR281', 'The contract one has what Python cannot check: input.a: a refinement.'],
  ]);
});

it('tracking is for Python, and for contracts that declare it; native modules are for TypeScript', () => {
  expect(codes({}, { tracking: 'required' })).toEqual([
    ['MR280', "It says tracking: 'required', but its handler is no Python."],
  ]);
  expect(codes({ runtime: 'python' }, { tracking: 'required' })).toEqual([
    ['MR283', "It says tracking: 'required', but its contract does not let it track."],
  ]);
  expect(codes({ runtime: 'python', native: ['duckdb'] })[0]?.[0]).toBe('MR282');
});
