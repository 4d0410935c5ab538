import type { TargetKind } from '../../tasks/serving-target';
import type { TargetDriver } from './target';

/** Each with its clients, of which a function loads only what it is asked for. */
const DRIVERS: { readonly [Kind in TargetKind]: () => Promise<TargetDriver<Kind>> } = {
  sagemaker: async () => (await import('./sagemaker-target')).sagemakerTarget,
  ecs: async () => (await import('./ecs-target')).ecsTarget,
  kubernetes: async () => (await import('./kubernetes-target')).kubernetesTarget,
};

export function driverOf(kind: TargetKind): Promise<TargetDriver> {
  // A driver is only ever given targets of its kind.
  return DRIVERS[kind]() as Promise<TargetDriver>;
}
