/**
 * Metrics of dashboards and alarms that only faults of the world around pipelines bring about: `test/e2e/alarms.test.ts` brings each
 * about, `test/e2e/deployment.test.ts` all others. Namespace, name, dimensions.
 */
export const seenByAlarmsOnly: readonly string[] = [
  'AWS/SQS ApproximateNumberOfMessagesVisible QueueName',
  'AWS/Lambda Throttles ',
  'AWS/States ExecutionsTimedOut StateMachineArn',
  'AWS/States ExecutionsAborted StateMachineArn',
  'millrace LogFailures endpoint,service,slot',
];
