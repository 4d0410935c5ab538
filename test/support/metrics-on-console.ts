/** Metrics are loaded with this in the environment and go through `console.log`: to be imported before what loads them. */
Object.assign(process.env, {
  POWERTOOLS_SERVICE_NAME: 'millrace',
  POWERTOOLS_METRICS_NAMESPACE: 'millrace',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  POWERTOOLS_DEV: 'true',
  // On a developer's machine they are off unless it is said.
  POWERTOOLS_METRICS_DISABLED: 'false',
});
