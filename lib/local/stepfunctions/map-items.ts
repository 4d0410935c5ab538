/** Items and limits of a Map state. */
import type { StateDefinition } from './definition';
import { evaluate, type Bindings } from './jsonata';

/** Iterations that an inline Map runs at once at most, and so many that a distributed one does here. */
const CONCURRENCY = { inline: 40, distributed: 200 };

export interface MapLimits {
  readonly concurrency: number;
  readonly toleratedCount: number;
  readonly toleratedPercentage: number;
}

export async function mapLimits(state: StateDefinition, bindings: Bindings): Promise<MapLimits> {
  const number = async (value: unknown, where: string) =>
    value === undefined ? 0 : Number(await evaluate(value, bindings, where));
  const most =
    state.ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED'
      ? CONCURRENCY.distributed
      : CONCURRENCY.inline;
  const asked = await number(state.MaxConcurrency, 'MaxConcurrency');
  return {
    concurrency: asked > 0 ? Math.min(asked, most) : most,
    toleratedCount: await number(state.ToleratedFailureCount, 'ToleratedFailureCount'),
    toleratedPercentage: await number(state.ToleratedFailurePercentage, 'ToleratedFailurePercentage'),
  };
}

/** Whether so many failed iterations are within what the Map tolerates: beyond either limit it fails. */
export function tolerates(limits: MapLimits, failed: number, items: number): boolean {
  const { toleratedCount, toleratedPercentage } = limits;
  if (toleratedCount === 0 && toleratedPercentage === 0) return false;
  return (
    (toleratedCount === 0 || failed <= toleratedCount) &&
    (toleratedPercentage === 0 || (failed / items) * 100 <= toleratedPercentage)
  );
}

/** Items as the iterations get them: alone, or in batches. */
export async function batched(
  state: StateDefinition,
  items: readonly unknown[],
  bindings: Bindings,
): Promise<unknown[]> {
  const batcher = state.ItemBatcher;
  if (batcher?.MaxItemsPerBatch === undefined) return [...items];
  const size = Number(await evaluate(batcher.MaxItemsPerBatch, bindings, 'MaxItemsPerBatch'));
  const common =
    batcher.BatchInput === undefined
      ? {}
      : { BatchInput: await evaluate(batcher.BatchInput, bindings, 'BatchInput') };
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => ({
    ...common,
    Items: items.slice(i * size, (i + 1) * size),
  }));
}
