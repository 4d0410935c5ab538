import type { Diagnostic } from '../diagnostic';
import type { PipelineModel } from '../pipeline';
import { Places } from '../place-of';
import { schemaAt } from '../schema-path';
import { errorsOf } from './errors-of';

/** An inline Map of Step Functions runs at most so many iterations at once. */
const INLINE_CONCURRENCY = 40;

export function checkMaps(model: PipelineModel): Diagnostic[] {
  const places = new Places(model);
  return model.tasks.flatMap((task) => {
    if (task.kind !== 'map') return [];
    const { found, add } = errorsOf(model, task);
    if (task.tasks.length === 0)
      add('MR180', 'It does nothing for an item.', 'Call at least one task in the body of the map.');
    const place = places.placeOf(task.items);
    const schema = place === undefined ? undefined : schemaAt(place.schema, place.path);
    const literal = task.items.kind === 'literal' && !Array.isArray(task.items.value);
    if (literal || (schema?.['type'] !== undefined && schema['type'] !== 'array'))
      add(
        'MR181',
        `It goes over ${literal ? 'a single value' : `a value of type ${JSON.stringify(schema?.['type'])}`} instead of a list.`,
        'Give it a list, or a reference to one.',
      );
    const { maxConcurrency, mode, batchSize, toleratedFailurePercentage: share } = task;
    if (!Number.isInteger(maxConcurrency) || maxConcurrency < 0)
      add(
        'MR182',
        `Its maxConcurrency is ${maxConcurrency}.`,
        'Give a whole number from 1, or leave it out.',
      );
    if (mode === 'inline' && maxConcurrency > INLINE_CONCURRENCY)
      add(
        'MR183',
        `Its maxConcurrency is ${maxConcurrency}; an inline map runs at most ${INLINE_CONCURRENCY} items at once.`,
        "Take mode: 'distributed', or a smaller maxConcurrency.",
      );
    if (!(share >= 0 && share <= 100))
      add('MR184', `Its toleratedFailurePercentage is ${share}.`, 'Give a number from 0 to 100.');
    if (batchSize !== undefined && (mode === 'inline' || !Number.isInteger(batchSize) || batchSize < 1))
      add(
        'MR185',
        mode === 'inline' ? 'An inline map has no batches.' : `Its batchSize is ${batchSize}.`,
        "Batches are a whole number of items, with mode: 'distributed'.",
      );
    for (const inner of task.tasks.filter(({ kind }) => kind === 'approval'))
      add(
        'MR188',
        `The approval '${inner.id}' is inside it; a person is not asked for every item.`,
        'Ask once, before or after the map, and show the list in its details.',
      );
    for (const inner of task.tasks)
      if (inner.kind === 'map')
        add(
          'MR186',
          `The map '${inner.id}' is inside it; a map holds no further map.`,
          'Go over the combinations of both lists with cross(…), or put the inner work into one task.',
        );
    return found;
  });
}
