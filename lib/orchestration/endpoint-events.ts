import { publish, type MillraceEvents } from './events';

/** Tells the bus what became of an endpoint, after that was recorded. Told twice, it is the same event. */
export async function tellEndpointChanged(change: MillraceEvents['Endpoint Changed']): Promise<void> {
  const { endpoint, model, rev, action, from, to, at, by, reason } = change;
  await publish([
    { type: 'Endpoint Changed', detail: { endpoint, model, rev, action, from, to, at, by, reason } },
  ]);
}
