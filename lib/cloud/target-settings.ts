/** Where else endpoints may run: `-c serving-targets=python,sagemaker,ecs,eks:analytics,kubernetes:on-premises`. */
import { SynthesisError } from './synthesis-error';

export interface TargetSettings {
  /** A function for models of MLflow's flavour python_function. */
  readonly python: boolean;
  readonly sagemaker: boolean;
  readonly ecs: boolean;
  /** Names of clusters of EKS. */
  readonly eks: readonly string[];
  /** Names of connections of the kind `kubernetes`. */
  readonly connections: readonly string[];
}

/** @throws SynthesisError for what is no target */
export function readTargetSettings(value: unknown): TargetSettings | undefined {
  if (value === undefined || value === '') return undefined;
  const words = Array.isArray(value) ? value.map(String) : String(value).split(',');
  const named = (kind: string) =>
    words.flatMap((word) => (word.startsWith(`${kind}:`) ? [word.slice(kind.length + 1)] : []));
  const wrong = words.find(
    (word) =>
      !/^(?:python|sagemaker|ecs|eks:[A-Za-z0-9][\w-]{0,99}|kubernetes:[A-Za-z0-9][\w.-]{0,99})$/.test(word),
  );
  if (wrong !== undefined)
    throw new SynthesisError(
      'CLOUD_CONTEXT',
      `The context value serving-targets has '${wrong}', which is no target.`,
      'Write -c serving-targets=python,sagemaker,ecs,eks:<cluster>,kubernetes:<connection>, each only if endpoints run there.',
    );
  return {
    python: words.includes('python'),
    sagemaker: words.includes('sagemaker'),
    ecs: words.includes('ecs'),
    eks: named('eks'),
    connections: named('kubernetes'),
  };
}

/** Whether endpoints run on services that have to be looked after. */
export function runsElsewhere(targets: TargetSettings | undefined): targets is TargetSettings {
  if (targets === undefined) return false;
  return targets.sagemaker || targets.ecs || targets.eks.length > 0 || targets.connections.length > 0;
}

/** On a developer's machine models for Python are served where there is Python; nothing is fetched before one is. */
export function withLocalPython(targets: TargetSettings | undefined): TargetSettings {
  return { sagemaker: false, ecs: false, eks: [], connections: [], ...targets, python: true };
}
