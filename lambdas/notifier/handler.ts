import type { Context, EventBridgeEvent } from 'aws-lambda';
import { awsCarriers } from '../../lib/orchestration/alerts/deliver';
import { notify } from '../../lib/orchestration/alerts/notify';
import type { EventType, MillraceEvent, MillraceEvents } from '../../lib/orchestration/events';
import { placeOf } from '../../lib/orchestration/lambda-place';

export async function handler(
  event: EventBridgeEvent<EventType, MillraceEvents[EventType]>,
  context: Context,
): Promise<void> {
  const { 'detail-type': type, detail } = event;
  await notify({ type, detail } as MillraceEvent, placeOf(context), awsCarriers());
}
