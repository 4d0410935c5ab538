/**
 * Tells people what happened to a run or a task, as the deployed pipeline says.
 * Nothing of this is on the way of a run: what fails here is tried again and then lies in the dead letter queue.
 */
import { resourceNames } from '../../aws/environment';
import type { Alerts, Channel } from '../../model/alerts';
import { listApprovals } from '../approvals';
import { readDeployed, UnknownPipeline } from '../deployed-pipelines';
import type { AlertEvent } from '../events';
import { machineOf } from '../machine-of';
import type { Place } from '../place';
import { channelsFor } from './channels-for';
import { deadlineOf, lateTasks } from './deadline';
import { deliver, type Carriers } from './deliver';
import { notificationOf, occasionOf } from './notification';
import { claim, recordDeliveries, type Delivery } from './outbox';

export class NotDelivered extends Error {
  override readonly name = 'Millrace.NotDelivered';
}

/** @throws NotDelivered when a channel should be asked again */
export async function notify(event: AlertEvent, place: Place, carriers: Carriers): Promise<void> {
  if (event.type === 'Decision Asked' && (await isDecided(event.detail))) return;
  const alerts = await alertsOf(event.detail.pipeline, place);
  const failed: Delivery[] = [];
  for (const told of [event, ...(await lateEnd(event, alerts))]) {
    const channels = distinct(channelsFor(told, alerts));
    if (channels.length > 0) failed.push(...(await send(told, channels, place, carriers)));
  }
  const [first] = failed;
  if (first !== undefined)
    throw new NotDelivered(`Not delivered to a channel (${first.channel.kind}): ${first.error ?? ''}`);
}

async function send(
  event: AlertEvent,
  channels: readonly Channel[],
  place: Place,
  carriers: Carriers,
): Promise<Delivery[]> {
  const notification = notificationOf(event, resourceNames().stage);
  const entry = await claim(notification, occasionOf(event), channels, place.now());
  const deliveries = await Promise.all(
    entry.deliveries.map(async (delivery) =>
      delivery.state === 'pending' || delivery.state === 'failed'
        ? deliver(delivery.channel, entry, carriers)
        : delivery,
    ),
  );
  await recordDeliveries(entry, deliveries);
  return deliveries.filter((delivery) => delivery.state === 'failed');
}

/** A run, or tasks of it, that ended too late before anybody looked. */
async function lateEnd(event: AlertEvent, alerts: Alerts): Promise<AlertEvent[]> {
  if (event.type !== 'Run Ended') return [];
  const { pipeline, run, logicalDate, endedAt } = event.detail;
  const late = await lateTasks(event.detail, alerts);
  const deadline = deadlineOf(alerts, event.detail);
  if (deadline !== undefined && Date.parse(endedAt) > deadline.getTime())
    late.push({ pipeline, run, logicalDate, deadline: deadline.toISOString(), state: 'ended' });
  return late.map((detail) => ({ type: 'Deadline Missed', detail }));
}

/** In a rerun a decision stands, and nobody is asked. */
async function isDecided({ run, task }: { readonly run: string; readonly task: string }): Promise<boolean> {
  const asked = await listApprovals(run);
  return asked.some((one) => one.task === task && one.state === 'decided');
}

/** A pipeline that was removed meanwhile tells nobody. */
async function alertsOf(pipeline: string, place: Place): Promise<Alerts> {
  try {
    return (await readDeployed(machineOf(pipeline, place), pipeline)).policy.alerts ?? {};
  } catch (error) {
    if (error instanceof UnknownPipeline) return {};
    throw error;
  }
}

function distinct(channels: readonly Channel[]): Channel[] {
  return [...new Map(channels.map((channel) => [JSON.stringify(channel), channel])).values()];
}
