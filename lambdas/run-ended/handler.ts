import { endRunOf } from '../../lib/orchestration/end-run';

export const handler = endRunOf;
