/** The tables of the stage that a local cloud serves, past the API of the console. */

/** Does something with the tables of the stage. */
export async function inStage(url: string, act: () => Promise<void>): Promise<void> {
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    MILLRACE_STAGE: 'dev',
    MILLRACE_BUCKET: 'millrace-dev-data-000000000000-us-east-1',
    MILLRACE_TRACKING_TABLE: 'millrace-dev-tracking',
    MILLRACE_ORCHESTRATION_TABLE: 'millrace-dev-orchestration',
  });
  try {
    await act();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
