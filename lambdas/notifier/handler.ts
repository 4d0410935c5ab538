import type { Context, EventBridgeEvent } from 'aws-lambda';
import { awsCarriers } from '../../lib/orchestration/alerts/deliver';
import { notify } from '../../lib/orchestration/alerts/notify';
import { checkAlertEvent } from '../../lib/orchestration/check-event';
import type { AlertEvent } from '../../lib/orchestration/events';
import { placeOf } from '../../lib/orchestration/lambda-place';

export async function handler(
  event: EventBridgeEvent<AlertEvent['type'], AlertEvent['detail']>,
  context: Context,
): Promise<void> {
  const { 'detail-type': type, detail } = event;
  await notify(checkAlertEvent(type, detail), placeOf(context), awsCarriers());
}
