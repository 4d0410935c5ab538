import { coreHandler } from './core-functions';
import { MLFLOW_HANDLER } from './mlflow-api';
import { CORE_FUNCTIONS } from './names';
import type { Settings } from './settings';

/** Folders of the handlers that the core stack has. */
export function coreHandlers({ mlflowApi }: Pick<Settings, 'mlflowApi'>): string[] {
  return [...CORE_FUNCTIONS.map(coreHandler), ...(mlflowApi ? [MLFLOW_HANDLER] : [])];
}
