import type { Context } from 'aws-lambda';
import { placeOf } from '../../lib/orchestration/lambda-place';
import { answer } from '../../lib/orchestration/launcher';

export async function handler(event: unknown, context: Context): Promise<unknown> {
  return answer(event, placeOf(context));
}
