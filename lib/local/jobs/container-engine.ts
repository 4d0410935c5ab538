/** The container engine of this machine: docker, podman or nerdctl, whichever answers first. */
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import type { JobRequest } from './job-record';

const ENGINES = ['docker', 'podman', 'nerdctl'] as const;
const PATIENCE_MS = 5_000;
const run = promisify(execFile);

let found: Promise<string | undefined> | undefined;

/** `MILLRACE_CONTAINER_ENGINE` names one, or `none`. A program without its service is none. */
export function containerEngine(): Promise<string | undefined> {
  const named = process.env['MILLRACE_CONTAINER_ENGINE'];
  if (named !== undefined && named !== '') return Promise.resolve(named === 'none' ? undefined : named);
  return (found ??= firstAnswering());
}

/**
 * The engine that runs an image whose task names a command in its place: the one that `MILLRACE_CONTAINER_ENGINE` names,
 * else one that has the image. A registry of somebody's account is nothing that a fresh machine could pull from.
 */
export async function engineWithImage(image: string): Promise<string | undefined> {
  const engine = await containerEngine();
  if (engine === undefined || process.env['MILLRACE_CONTAINER_ENGINE'] === engine) return engine;
  return run(engine, ['image', 'inspect', image], { timeout: PATIENCE_MS }).then(
    () => engine,
    () => undefined,
  );
}

async function firstAnswering(): Promise<string | undefined> {
  for (const engine of ENGINES) {
    const answers = await run(engine, ['info'], { timeout: PATIENCE_MS }).then(
      () => true,
      () => false,
    );
    if (answers) return engine;
  }
  return undefined;
}

/** Variables go in by name: their values show in no list of processes. */
export function engineArguments(
  request: JobRequest,
  environment: Readonly<Record<string, string>>,
): string[] {
  const [entryPoint, ...before] = request.entryPoint;
  return [
    'run',
    '--rm',
    '--name',
    request.name,
    // Only there this machine's own port is the container's too.
    ...(process.platform === 'linux' ? ['--network', 'host'] : []),
    ...(request.gpu > 0 ? ['--gpus', String(request.gpu)] : []),
    ...Object.keys(environment).flatMap((name) => ['-e', name]),
    ...(entryPoint === undefined ? [] : ['--entrypoint', entryPoint]),
    request.image,
    ...before,
    ...request.args,
  ];
}

/** The endpoint of the local cloud as a container reaches it. */
export function endpointFor(url: string): string {
  return process.platform === 'linux' ? url : url.replace('127.0.0.1', 'host.docker.internal');
}

/** Ends and removes a container, whether it still runs or not. */
export function removeContainer(engine: string, name: string): void {
  spawn(engine, ['rm', '-f', name], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}
