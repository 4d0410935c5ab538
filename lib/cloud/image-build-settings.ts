/** Whether the account builds images: `-c image-builds=true`, or the connections to registries besides: `-c image-builds=harbor,quay`. */
import { SynthesisError } from './synthesis-error';

export interface ImageBuildSettings {
  /** Connections of kind `http` that builds may log in by; ECR of the account needs none. */
  readonly connections: readonly string[];
}

/** @throws SynthesisError */
export function readImageBuilds(value: unknown): ImageBuildSettings | undefined {
  if (value === undefined || value === false || value === 'false') return undefined;
  if (value === true || value === 'true') return { connections: [] };
  const connections = Array.isArray(value) ? value.map(String) : String(value).split(',');
  if (connections.every((name) => /^[A-Za-z0-9][\w.-]{0,99}$/.test(name))) return { connections };
  throw new SynthesisError(
    'CLOUD_CONTEXT',
    `The context value image-builds is ${JSON.stringify(value)}.`,
    'Write -c image-builds=true, or the names of the connections to registries: -c image-builds=harbor.',
  );
}
