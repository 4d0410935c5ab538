import { CONSOLE_HANDLER } from './console-names';
import { coreHandler } from './core-functions';
import { SHIP_LOGS_HANDLER } from './log-shipping';
import { METRICS_EXPORTER_HANDLER } from './metrics-exporter';
import { MLFLOW_HANDLER } from './mlflow-api';
import { MLFLOW_PAGE_HANDLER } from './mlflow-page';
import { CORE_FUNCTIONS } from './names';
import { ENDPOINT_EVENTS_HANDLER, SERVING_HANDLER } from './serving-api';
import { SYNC_HANDLER } from './serving-targets';
import type { Settings } from './settings';
import { runsElsewhere } from './target-settings';
import { WEBHOOKS_HANDLER } from './webhooks';

/** Folders of the handlers that the core stack has. */
export function coreHandlers({
  console,
  mlflow,
  mlflowApi,
  serving,
  targets,
  operations,
}: Pick<Settings, 'console' | 'mlflow' | 'mlflowApi' | 'serving' | 'targets' | 'operations'>): string[] {
  return [
    ...CORE_FUNCTIONS.map(coreHandler),
    WEBHOOKS_HANDLER,
    ...(console ? [CONSOLE_HANDLER] : []),
    ...(console && mlflow.page !== undefined ? [MLFLOW_PAGE_HANDLER] : []),
    ...(mlflowApi ? [MLFLOW_HANDLER] : []),
    ...(operations.shipLogs === undefined ? [] : [SHIP_LOGS_HANDLER]),
    ...(operations.metricsExporter ? [METRICS_EXPORTER_HANDLER] : []),
    ...(serving ? [SERVING_HANDLER, ENDPOINT_EVENTS_HANDLER] : []),
    ...(serving && runsElsewhere(targets) ? [SYNC_HANDLER] : []),
  ];
}
