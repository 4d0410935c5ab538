import type { TaskEvent } from '../model/envelope';
import { InvalidInput } from './contract-errors';

const MAX_CHARACTERS = 256;

/** Before the handler is called: what it did could not be told of. @throws InvalidInput when the key is no text, or has no length that a key has */
export function checkPartitionKey({ task, run, announces }: TaskEvent): void {
  const { datasets = [], partitionKey: key } = announces ?? {};
  if (key === undefined || (typeof key === 'string' && key.length > 0 && key.length <= MAX_CHARACTERS))
    return;
  const given = JSON.stringify(key).slice(0, 60);
  throw new InvalidInput(
    `The partition key of task '${task}' of ${run.pipeline}, which says what part of ${datasets.join(', ')} it updates, has to be a text of 1 to ${MAX_CHARACTERS} characters, and is ${given}.`,
  );
}
