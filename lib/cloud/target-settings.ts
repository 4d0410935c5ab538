/** Where else endpoints may run: `-c serving-targets=sagemaker,ecs,eks:analytics,kubernetes:on-premises`. */
import { SynthesisError } from './synthesis-error';

export interface TargetSettings {
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
    (word) => !/^(?:sagemaker|ecs|eks:[A-Za-z0-9][\w-]{0,99}|kubernetes:[A-Za-z0-9][\w.-]{0,99})$/.test(word),
  );
  if (wrong !== undefined)
    throw new SynthesisError(
      'CLOUD_CONTEXT',
      `The context value serving-targets has '${wrong}', which is no target.`,
      'Write -c serving-targets=sagemaker,ecs,eks:<cluster>,kubernetes:<connection>, each only if endpoints run there.',
    );
  return {
    sagemaker: words.includes('sagemaker'),
    ecs: words.includes('ecs'),
    eks: named('eks'),
    connections: named('kubernetes'),
  };
}
