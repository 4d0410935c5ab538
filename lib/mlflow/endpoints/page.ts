/**
 * What MLflow's page asks for besides tracking and models: traces, gateways, an assistant, accounts. None of that is kept
 * here, and the page is told so in the shape that it expects, so that it shows empty lists and no errors. What would store
 * something of that kind is answered by ENDPOINT_NOT_FOUND.
 */
import type { Method, RawEndpoint } from '../endpoint';
import { jsonResponse } from '../json-http';

const answering = (method: Method, path: string, body: object): RawEndpoint => ({
  method,
  path: `/api/${path}`,
  // Not by `jsonResponse`, which leaves empty lists out.
  handle: async () => ({ ...jsonResponse(200, {}), body: JSON.stringify(body) }),
});

export const pageEndpoints: readonly RawEndpoint[] = [
  answering('GET', '2.0/mlflow/users/current', {}),
  answering('GET', '2.0/mlflow/gateway-proxy', { endpoints: [] }),
  answering('GET', '3.0/mlflow/ui-telemetry', {
    disable_ui_telemetry: true,
    disable_ui_events: [],
    ui_rollout_percentage: 0,
  }),
  answering('POST', '3.0/mlflow/ui-telemetry', { status: 'disabled' }),
  answering('GET', '3.0/mlflow/assistant/config', {
    providers: {},
    projects: {},
    remote_access_allowed: false,
  }),
  answering('GET', '3.0/mlflow/assistant/providers', {
    providers: [],
    resolved: null,
    gateway_vendor_options: {},
  }),
  answering('POST', '3.0/mlflow/traces/search', { traces: [] }),
  answering('POST', '3.0/mlflow/traces/metrics', { data_points: [] }),
  answering('POST', '3.0/mlflow/datasets/search', { datasets: [] }),
  answering('GET', '3.0/mlflow/scorers/list', { scorers: [] }),
  answering('GET', '3.0/mlflow/gateway/endpoints/list', { endpoints: [] }),
  answering('GET', '3.0/mlflow/gateway/secrets/list', { secrets: [] }),
  answering('POST', '3.0/mlflow/issues/search', { issues: [] }),
];
