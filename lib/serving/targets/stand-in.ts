import type { ServingTarget } from '../../tasks/serving-target';

const ENDPOINTS = { sagemaker: 'SAGEMAKER', ecs: 'ECS' } as const;

/**
 * Whether the service of a target is missing here: on a developer's machine all services are at one address, which has neither
 * SageMaker nor ECS nor EKS. A cluster that a connection leads to is a real one everywhere.
 */
export function standsIn(target: ServingTarget): boolean {
  if (process.env['AWS_ENDPOINT_URL'] === undefined) return false;
  if (target.kind === 'kubernetes') return target.connection === undefined && !given('EKS');
  return !given(ENDPOINTS[target.kind]);
}

function given(service: string): boolean {
  return process.env[`AWS_ENDPOINT_URL_${service}`] !== undefined;
}
