import { handleJob } from '../../lib/runtime/jobs/job-handler';

export const handler = handleJob;
