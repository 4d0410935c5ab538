import { join } from 'node:path';
import { transformWithSteps } from '../../lib/data/transform-steps';
import { taskHandler } from '../../lib/runtime/task-handler';
import { transform } from '../../lib/tasks/transform';
import { checkRows, fetchInputs, madeOf, memoryMb, storeDataset } from '../made-dataset';

export const handler = taskHandler(transform, async (input, context) => {
  const scratch = await context.tmp();
  const path = join(scratch, 'result.parquet');
  const files = await fetchInputs(context, input.inputs);
  const made = await transformWithSteps({
    inputs: Object.fromEntries(
      Object.entries(input.inputs).map(([name, { columns }]) => [name, { path: files[name] ?? '', columns }]),
    ),
    from: input.from,
    steps: input.steps,
    target: path,
    scratch,
    memoryMb: memoryMb(),
  });
  checkRows(
    made.rows,
    input.allowEmpty,
    `The steps of '${input.name}' leave no rows. Say allowEmpty: true if that may be.`,
  );
  return {
    dataset: await storeDataset(context, input.name, { path, ...made }, madeOf(transform, input.inputs)),
  };
});
