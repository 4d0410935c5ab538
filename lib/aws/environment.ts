/** Names of the deployed resources, as every function has them in its environment. */
export interface ResourceNames {
  readonly stage: string;
  readonly bucket: string;
  readonly trackingTable: string;
  readonly orchestrationTable: string;
  readonly alarmTopic: string;
  /** The bus of the stage. */
  readonly bus: string;
  readonly codeHash: string;
}

/** @throws Error that names the variable that is missing */
export function resourceNames(): ResourceNames {
  return {
    stage: required('MILLRACE_STAGE'),
    bucket: required('MILLRACE_BUCKET'),
    trackingTable: required('MILLRACE_TRACKING_TABLE'),
    orchestrationTable: required('MILLRACE_ORCHESTRATION_TABLE'),
    alarmTopic: process.env['MILLRACE_ALARM_TOPIC'] ?? '',
    bus: process.env['MILLRACE_BUS'] ?? 'default',
    codeHash: process.env['MILLRACE_CODE_HASH'] ?? 'unknown',
  };
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(
      `The environment variable ${name} is missing: the function was not deployed by millrace.`,
    );
  }
  return value;
}
