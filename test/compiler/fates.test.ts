import { z } from 'zod';
import { compile } from '../../lib/compiler/compile';
import { pipeline } from '../../lib/dsl/pipeline';
import { task } from '../../lib/dsl/task';
import type { TaskEvent } from '../../lib/model/envelope';
import { contract } from '../../lib/tasks/contract';
import { CompiledRuns } from '../support/run-compiled';

const step = task(
  contract({ name: 'step', summary: 'For tests.', input: z.object({}), output: z.object({ n: z.number() }) }),
);

describe('an arm of a branch that does not run', () => {
  const runs = new CompiledRuns();
  beforeAll(async () => runs.open());
  afterAll(async () => runs.close());

  it('is upstream_failed when what it waits for besides has failed, though its branch was skipped by another', async () => {
    const definition = compile(
      pipeline(
        {
          id: 'fates',
          description: 'For tests.',
          params: z.object({ outer: z.boolean(), inner: z.boolean() }),
        },
        ({ branch, params }) => {
          const broken = step('broken', {});
          const outer = branch('outer', params.outer, {
            yes: () => {
              branch('inner', params.inner, {
                yes: () => void step('late', {}).after(broken),
                no: () => void step('other', {}),
              }).after(broken);
            },
            no: () => void step('instead', {}),
          });
          broken.after(outer);
        },
      ).model,
    );
    const play = (failing: string) => (event: TaskEvent) =>
      event.task === failing ? { seconds: 1, error: 'Boom' } : { seconds: 1, out: { n: 1 } };
    const outer = { outer: false, inner: true };
    expect((await runs.run(definition, outer, play('broken'))).statuses).toEqual({
      broken: 'failed',
      outer: 'success',
      instead: 'success',
      inner: 'skipped',
      late: 'upstream_failed',
      other: 'skipped',
    });
    expect((await runs.run(definition, outer, play(''))).statuses).toMatchObject({ late: 'skipped' });
    const inner = { outer: true, inner: false };
    expect((await runs.run(definition, inner, play(''))).statuses).toMatchObject({
      inner: 'success',
      late: 'skipped',
      other: 'success',
    });
    expect((await runs.run(definition, { outer: true, inner: true }, play('broken'))).statuses).toMatchObject(
      {
        inner: 'upstream_failed',
        late: 'upstream_failed',
      },
    );
  });
});
