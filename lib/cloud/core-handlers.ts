import { CONSOLE_HANDLER } from './console-names';
import { coreHandler } from './core-functions';
import { MLFLOW_HANDLER } from './mlflow-api';
import { CORE_FUNCTIONS } from './names';
import { ENDPOINT_EVENTS_HANDLER, SERVING_HANDLER } from './serving-api';
import type { Settings } from './settings';

/** Folders of the handlers that the core stack has. */
export function coreHandlers({
  console,
  mlflowApi,
  serving,
}: Pick<Settings, 'console' | 'mlflowApi' | 'serving'>): string[] {
  return [
    ...CORE_FUNCTIONS.map(coreHandler),
    ...(console ? [CONSOLE_HANDLER] : []),
    ...(mlflowApi ? [MLFLOW_HANDLER] : []),
    ...(serving ? [SERVING_HANDLER, ENDPOINT_EVENTS_HANDLER] : []),
  ];
}
