import { finishRun } from '../../lib/orchestration/finish-run';

export const handler = finishRun;
