import '../support/quiet-telemetry';
import { z } from 'zod';
import { taskHandler, type TaskFunction } from '../../lib/runtime/task-handler';
import { contract } from '../../lib/tasks/contract';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { lambdaContext, taskEvent, type TaskEventProps } from '../support/task-event';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

const keeping = contract({ name: 'keeping', summary: 'K.', input: z.object({}), output: z.object({}) });
type Context = Parameters<TaskFunction<typeof keeping>>[1];
let count = 0;
const run = async (body: (context: Context) => Promise<void>, props: TaskEventProps = {}) =>
  taskHandler(keeping, async (_input, context) => {
    await body(context);
    return {};
  })(taskEvent({ runId: `run-${++count}`, ...props }), lambdaContext());

it('is there for the next attempt, which follows a failure, and for the next run', async () => {
  const runId = 'attempts';
  await expect(
    run(
      async ({ state }) => {
        expect(await state.get('cursor')).toBeUndefined();
        await state.set('cursor', { page: 3 });
        throw new Error('lost connection');
      },
      { runId },
    ),
  ).rejects.toThrow('lost connection');
  await run(
    async ({ state }) => {
      expect(await state.get('cursor')).toEqual({ page: 3 });
      await state.set('cursor', { page: 9 });
      await state.set('cursor', { page: 10 });
    },
    { runId, attempt: 1 },
  );
  await run(async ({ state }) => {
    expect(await state.get('cursor')).toEqual({ page: 10 });
    await state.set('cursor', null);
    expect(await state.get('cursor')).toBeUndefined();
  });
});

it('belongs to one task, and to one item of a map', async () => {
  await run(async ({ state }) => state.set('at', 1), { task: 'scores/score[0]' });
  await run(async ({ state }) => expect(await state.get('at')).toBeUndefined(), { task: 'scores/score[1]' });
  await run(async ({ state }) => expect(await state.get('at')).toBe(1), { task: 'scores/score[0]' });
});

it('refuses to write over what another run has written meanwhile', async () => {
  await expect(
    run(async ({ state }) => {
      await state.get('mark');
      await run(async (other) => other.state.set('mark', 'theirs'));
      await state.set('mark', 'mine');
    }),
  ).rejects.toMatchObject({ name: 'Millrace.StateChanged' });
  await run(async ({ state }) => expect(await state.get('mark')).toBe('theirs'));
});

it('refuses what is too large', async () => {
  await expect(run(async ({ state }) => state.set('all', 'x'.repeat(20_000)))).rejects.toThrow(
    'Millrace.StateTooLarge',
  );
});
