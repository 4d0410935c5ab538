/**
 * Which cloud a command talks to. By default the local one: the server that `millrace dev` keeps up, else one in this
 * process for as long as the command runs. The commands themselves only ever speak through AWS SDK clients.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LambdaClient, GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { localAssembly } from './assembly';
import { CliError, EXIT } from './cli-error';
import type { GlobalOptions } from './command-context';
import type { Guest } from '../local/service';
import { mlflowGuest } from '../mlflow/guest';
import { consoleGuest } from '../console/guest';
import { currentUser } from './current-user';
import { requireRoom, ROOM_TO_START, ROOM_TO_START_AGAIN } from './disk-space';
import type { Output } from './output';
import { findProject, type Project } from './project';
import { parseWholeNumber } from './whole-number';
import { workingCopyOf } from './working-copy';

export interface Connection {
  readonly project: Project;
  readonly stage: string;
  /** `local` when this process or a `millrace dev` beside it is the cloud. */
  readonly where: 'local' | 'endpoint' | 'aws';
  readonly url: string | undefined;
  /** The server is not of this process: it is there when this command has ended. @default false */
  readonly stays?: boolean;
  /** Milliseconds by which a cloud in this process is ahead of the real time. @default 0 */
  readonly ahead?: number;
  /** Starts processes of functions that will be called soon, where this process is the cloud. */
  readonly prepare?: (functions: readonly string[]) => void;
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** Lets schedules ring in the local cloud. @default false */
  readonly schedules?: boolean;
  /** What is done once a cloud in this process has all definitions, before anything goes on or rings. @default nothing */
  readonly begin?: (project: Project) => Promise<void>;
  /** Deploys the current definitions first and lets executions go on. Reading commands do neither. */
  readonly deploy: boolean;
  /** Port of a server in this process; 0 picks a free one. @default 0 */
  readonly port?: number;
  /** Lets nobody change anything in the console of a server in this process. @default false */
  readonly readOnlyConsole?: boolean;
  /** Milliseconds by which a cloud in this process is ahead of the real time. @default 0 */
  readonly ahead?: number;
  /** What the port serves besides. @default MLflow's API only */
  readonly guests?: readonly Guest[];
}

export async function connect(
  globals: GlobalOptions,
  output: Output,
  options: ConnectOptions,
): Promise<Connection> {
  const project = findProject(process.cwd(), globals.directory);
  const stage = globals.stage ?? 'dev';
  if (globals.cloud === 'aws') return remote(project, stage, 'aws', undefined);
  const endpoint = globals.endpoint ?? process.env['MILLRACE_ENDPOINT'];
  if (endpoint !== undefined) return remote(project, stage, 'endpoint', endpoint);
  return local(project, stage, output, options, globals);
}

async function remote(
  project: Project,
  stage: string,
  where: 'aws' | 'endpoint',
  url: string | undefined,
): Promise<Connection> {
  if (url !== undefined) process.env['AWS_ENDPOINT_URL'] = url;
  await adoptFunctionEnvironment(stage);
  return { project, stage, where, url, close: async () => {} };
}

async function local(
  project: Project,
  stage: string,
  output: Output,
  options: ConnectOptions,
  globals: GlobalOptions,
): Promise<Connection> {
  const { startLocalCloud, findRunningServer } =
    require('../local/local-cloud') as typeof import('../local/local-cloud');
  const { clockAhead } = require('../local/clock') as typeof import('../local/clock');
  const running = await findRunningServer(project.stateDirectory);
  if (running !== undefined) {
    Object.assign(process.env, running.environment);
    if (globals.parallel !== undefined)
      output.warn(`--parallel is for who starts the local cloud: it runs already at ${running.url}.`);
    if (options.deploy) output.progress(`Using the local cloud at ${running.url} (process ${running.pid}).`);
    await adoptFunctionEnvironment(stage);
    return { project, stage, where: 'local', url: running.url, stays: true, close: async () => {} };
  }
  if (!options.deploy && !existsSync(join(project.stateDirectory, 'format.json'))) {
    throw new CliError('Nothing has run here yet.', {
      code: EXIT.usage,
      where: project.stateDirectory,
      remedy: 'Run `npm start`, or name another state with --directory, or an account with --cloud aws.',
    });
  }
  const { checkStateDirectory } =
    require('../local/state-directory') as typeof import('../local/state-directory');
  checkStateDirectory(project.stateDirectory);
  if (options.deploy) {
    const again = existsSync(join(project.stateDirectory, 'cdk.out', 'millrace.json'));
    requireRoom(project.stateDirectory, again ? ROOM_TO_START_AGAIN : ROOM_TO_START);
  }
  const assembly = options.deploy ? await localAssembly(project, stage, output) : undefined;
  const parallel = parallelOf(globals);
  const page = consoleGuest({
    projectRoot: project.root,
    catalogueFile: join(project.stateDirectory, 'cdk.out', 'millrace.json'),
    cacheDirectory: join(project.stateDirectory, 'console'),
    by: currentUser(),
    readOnly: options.readOnlyConsole === true,
    working: workingCopyOf(project, stage),
  });
  const cloud = await startLocalCloud({
    directory: project.stateDirectory,
    projectRoot: project.root,
    port: options.port ?? 0,
    resume: options.deploy,
    guests: [...(options.guests ?? []), mlflowGuest, page],
    schedules: options.schedules === true,
    // Who deploys for a while has something to run.
    ...(options.deploy && options.schedules !== true ? { prepare: [`millrace-${stage}-launcher`] } : {}),
    ...(parallel === undefined ? {} : { parallel }),
    ...(options.ahead === undefined ? {} : { clock: clockAhead(options.ahead) }),
    ...(assembly === undefined ? {} : { assembly: assembly.directory }),
    begin: async (environment) => {
      Object.assign(process.env, environment);
      await adoptFunctionEnvironment(stage);
      await options.begin?.(project);
    },
  });
  const close = async () => cloud.stop();
  const prepare = (functions: readonly string[]) => cloud.prepare(functions);
  const ahead = options.ahead === undefined ? {} : { ahead: options.ahead };
  return { project, stage, where: 'local', url: cloud.url, ...ahead, prepare, close };
}

/** The names of tables and buckets are those that the deployed functions have in their environment. */
async function adoptFunctionEnvironment(stage: string): Promise<void> {
  const name = `millrace-${stage}-begin`;
  const client = new LambdaClient({});
  try {
    const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    for (const [key, value] of Object.entries(Environment?.Variables ?? {})) {
      if (key.startsWith('MILLRACE_')) process.env[key] = value;
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') {
      throw new CliError(`Stage '${stage}' is not deployed here: there is no function ${name}.`, {
        code: EXIT.environment,
        remedy:
          'Locally: `npm start`. In an account: `npx cdk deploy --all`, or name the stage with --stage.',
        cause: error,
      });
    }
    throw new CliError(
      `The cloud does not answer: ${error instanceof Error ? error.message : String(error)}`,
      {
        code: EXIT.environment,
        remedy: 'Check the endpoint or the AWS credentials and region, then try again.',
        cause: error,
      },
    );
  } finally {
    client.destroy();
  }
}

/** `millrace.json` of the last local synthesis, for commands that only read. */
export function readLocalSummary(project: Project): unknown {
  const file = join(project.stateDirectory, 'cdk.out', 'millrace.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** @throws CliError */
function parallelOf({ parallel }: GlobalOptions): number | undefined {
  return parallel === undefined
    ? undefined
    : parseWholeNumber(parallel, { option: '--parallel', from: 1, to: 1000 });
}
