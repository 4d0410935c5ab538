import { trackingTable } from '../aws/tables';

/** Deletions under way at once. */
const SWEEP = 25;

/** Deletes all items under a partition key. Not atomic; to be repeated when it was cut off. */
export async function clearPartition(pk: string): Promise<void> {
  const table = trackingTable();
  const keys = await table.sortKeys(pk);
  for (let i = 0; i < keys.length; i += SWEEP)
    await Promise.all(keys.slice(i, i + SWEEP).map((sk) => table.delete({ pk, sk })));
}
