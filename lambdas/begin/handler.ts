import { beginRun } from '../../lib/orchestration/begin-run';

export const handler = beginRun;
