/** Keys of the tracking table; the layout follows how MLflow reads: its default order is the sort key. */
export const experimentSequenceKey = { pk: 'SYS', sk: 'EXPSEQ' } as const;
export const experimentNameKey = (name: string) => ({ pk: `EXPN#${name}`, sk: '-' });
export const experimentKey = (id: string) => ({ pk: 'EXPS', sk: `E#${id}` });

/** Newest first: the start time is inverted. */
export const runKey = (experimentId: string, startTime: number, runId: string) => ({
  pk: `E#${experimentId}`,
  sk: `R#${String(9_999_999_999_999 - startTime).padStart(13, '0')}#${runId}`,
});
export const runPointerKey = (runId: string) => ({ pk: `RUN#${runId}`, sk: '-' });
export const metricKey = (runId: string, key: string, timestamp: number, step: number, value: number) => ({
  pk: `H#${runId}#${key}`,
  sk: `${String(timestamp).padStart(16, '0')}#${sortableDouble(step)}#${sortableDouble(value)}`,
});

export const modelNameKey = (name: string) => ({ pk: 'MODS', sk: name });
export const versionKey = (name: string, version: number) => ({
  pk: `M#${name}`,
  sk: `V#${String(version).padStart(10, '0')}`,
});
export const aliasKey = (name: string, alias: string) => ({ pk: `M#${name}`, sk: `A#${alias}` });
export const eventKey = (name: string, at: string, id: string) => ({ pk: `M#${name}`, sk: `X#${at}#${id}` });
/** What was done once under an idempotency key. */
export const doneKey = (name: string, idempotencyKey: string) => ({
  pk: `M#${name}`,
  sk: `D#${idempotencyKey}`,
});

/** 16 hex digits that sort as the doubles do: the sign bit flipped, negatives inverted. */
export function sortableDouble(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  const negative = (bytes[0] ?? 0) & 0x80;
  for (let i = 0; i < 8; i++)
    bytes[i] = negative ? ~(bytes[i] ?? 0) & 0xff : (bytes[i] ?? 0) ^ (i === 0 ? 0x80 : 0);
  return bytes.toString('hex');
}
