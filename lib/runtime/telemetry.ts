/** Logger and metrics of the function. Lines are JSON with the run and the task; metrics go out as EMF log lines. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';

export const logger = new Logger();
export const metrics = new Metrics();
