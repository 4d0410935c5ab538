/**
 * What came to pass, told later: objects under `labels/<endpoint>/`, JSON lines `{"request", "row", "label"}`; `row` is 0
 * when it is left out. Who writes them and when is free; of two labels for a prediction the one read last counts, objects
 * in the order of their keys.
 */
import type { ObjectStore } from '../aws/object-store';
import { InvalidDataset } from '../data/invalid-dataset';

export type Label = string | number | boolean;

export const LABELS_PREFIX = 'labels/';

/** How far the clocks of S3 and of a function may be apart. */
const CLOCKS_MS = 60_000;

/**
 * By `<request>#<row>`.
 * @param since ISO instant: objects that were written before it are not read, as they know nothing of later requests
 * @throws InvalidDataset for a line that is no label
 */
export async function readLabels(
  objects: ObjectStore,
  endpoint: string,
  since = '',
): Promise<Map<string, Label>> {
  const labels = new Map<string, Label>();
  const oldest = Date.parse(since) - CLOCKS_MS;
  for (const { key, writtenAt } of await objects.list(`${LABELS_PREFIX}${endpoint}/`)) {
    if (Date.parse(writtenAt) < oldest) continue;
    const lines = (await objects.getText(key)).split('\n');
    lines.forEach((line, i) => {
      if (line.trim() === '') return;
      const { request, row = 0, label } = parse(line, key, i);
      labels.set(`${request}#${row}`, label);
    });
  }
  return labels;
}

function parse(line: string, key: string, i: number): { request: string; row?: number; label: Label } {
  let value: { request?: unknown; row?: unknown; label?: unknown } = {};
  try {
    value = JSON.parse(line) as typeof value;
  } catch {
    // Told below, as any other line that is no label.
  }
  const { request, row, label } = value ?? {};
  const known = typeof label === 'string' || typeof label === 'number' || typeof label === 'boolean';
  if (typeof request !== 'string' || !known || (row !== undefined && typeof row !== 'number'))
    throw new InvalidDataset(
      `Line ${i + 1} of ${key} is no label: ${line.slice(0, 100)}. A line is {"request": "<id>", "row": 0, "label": <what came to pass>}.`,
    );
  return { request, label, ...(row === undefined ? {} : { row }) };
}
