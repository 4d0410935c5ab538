/** All checks over a definition. Each is a small function in `checks/`; all of them run, so that every fault is told at once. */
import { checkAlerts } from './checks/alerts';
import { checkApprovals } from './checks/approvals';
import { checkCache } from './checks/cache';
import { checkChoices } from './checks/choices';
import { checkContainers } from './checks/containers';
import { checkCron } from './checks/cron';
import { checkCycles } from './checks/cycles';
import { checkIntegrations } from './checks/integrations';
import { checkLocalPaths } from './checks/local-paths';
import { checkMaps } from './checks/maps';
import { checkNames } from './checks/names';
import { checkPools } from './checks/pools';
import { checkPythonTasks } from './checks/python-tasks';
import { checkQueries } from './checks/queries';
import { checkReferences } from './checks/references';
import { checkResources } from './checks/resources';
import { checkTypes } from './checks/types';
import { checkUses } from './checks/uses';
import { checkWaits } from './checks/waits';
import { checkDatasets } from './checks/datasets';
import type { Diagnostic } from './diagnostic';
import type { PipelineModel } from './pipeline';

export type Check = (model: PipelineModel) => Diagnostic[];

const CHECKS: readonly Check[] = [
  checkNames,
  checkReferences,
  checkCycles,
  checkTypes,
  checkResources,
  checkMaps,
  checkChoices,
  checkWaits,
  checkApprovals,
  checkIntegrations,
  checkContainers,
  checkLocalPaths,
  checkCron,
  checkAlerts,
  checkDatasets,
  checkCache,
  checkPools,
  checkPythonTasks,
  checkQueries,
  checkUses,
];

export function checkPipeline(model: PipelineModel): Diagnostic[] {
  return CHECKS.flatMap((check) => check(model));
}
