/** The context values (`-c key=value`, or `context` in `cdk.json`) that this project reads, checked. */
import { type ApiKeyClient, readApiKeyClients } from './api-key-settings';
import { type ComputeSettings, readComputeSettings } from './compute-settings';
import { type GithubSettings, readGithubSettings } from './github-settings';
import { type MlflowSettings, readMlflowSettings } from './mlflow-settings';
import { type OperationsSettings, readOperationsSettings } from './operations-settings';
import { type Stage, stageOf } from './stage';
import { SynthesisError } from './synthesis-error';
import { type ImageBuildSettings, readImageBuilds } from './image-build-settings';
import { readTargetSettings, type TargetSettings } from './target-settings';

export const ARCHITECTURES = ['arm64', 'x86_64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

export interface Settings {
  /** `stage`. @default dev */
  readonly stage: Stage;
  /** `architecture` of every function. @default arm64 */
  readonly architecture: Architecture;
  /** `allow-broken`: a faulty pipeline is left out with a warning instead of refusing the deployment. @default false */
  readonly allowBroken: boolean;
  /** `mlflow-api`: MLflow's REST API as an HTTP API with IAM authorisation. @default false */
  readonly mlflowApi: boolean;
  /** Who may use that API, and for what. */
  readonly mlflow: MlflowSettings;
  /** `console`: the page and its API, with sign-in. @default true with MLflow's page, which has the same people; else false */
  readonly console: boolean;
  /** `console-saml`: address of the SAML metadata of IAM Identity Center. @default people are users of the pool itself */
  readonly consoleSaml?: string;
  /** `dashboards`: one of CloudWatch for each pipeline and endpoint, 3 dollars a month each. @default true in stage prod */
  readonly dashboards: boolean;
  /** `serving`: endpoints of models as an HTTP API with IAM authorisation. @default true where the project has its handler: it costs nothing while nobody calls it */
  readonly serving: boolean;
  /** `api-keys`: clients that call endpoints with a key in place of IAM. @default none */
  readonly apiKeys: readonly ApiKeyClient[];
  /** `image-builds`: CodeBuild and a repository for images of models. @default none */
  readonly imageBuilds?: ImageBuildSettings;
  /** `serving-targets`: where else endpoints may run. @default nowhere */
  readonly targets?: TargetSettings;
  /** `max-active-tasks`: tasks that run at the same time, over all pipelines. @default none but the quotas of the account */
  readonly maxActiveTasks?: number;
  /** Where containers run. */
  readonly compute: ComputeSettings;
  /** `github`: the repository whose workflows may deploy. @default none */
  readonly github?: GithubSettings;
  /** Where logs and metrics go besides, what may be spent. */
  readonly operations: OperationsSettings;
  /** `permissions-boundary`: name or ARN of a managed policy put on every role. @default none */
  readonly permissionsBoundary?: string;
}

/**
 * @param get reads a context value, `undefined` when it is not set.
 * @throws SynthesisError for a value that is not understood.
 */
export function readSettings(get: (key: string) => unknown): Settings {
  const boundary = get('permissions-boundary');
  const saml = get('console-saml');
  const limit = get('max-active-tasks');
  const github = readGithubSettings(get);
  const targets = readTargetSettings(get('serving-targets'));
  const imageBuilds = readImageBuilds(get('image-builds'));
  const mlflow = readMlflowSettings(get);
  return {
    stage: stageOf(get('stage') ?? 'dev'),
    architecture: architectureOf(get('architecture') ?? 'arm64'),
    allowBroken: booleanOf('allow-broken', get('allow-broken') ?? false),
    mlflowApi: booleanOf('mlflow-api', get('mlflow-api') ?? false),
    mlflow,
    console: consoleOf(get('console'), mlflow.page),
    ...(saml === undefined ? {} : { consoleSaml: samlOf(saml) }),
    dashboards: booleanOf('dashboards', get('dashboards') ?? (get('stage') ?? 'dev') === 'prod'),
    serving: booleanOf('serving', get('serving') ?? true),
    apiKeys: readApiKeyClients(get('api-keys')),
    ...(targets === undefined ? {} : { targets }),
    ...(imageBuilds === undefined ? {} : { imageBuilds }),
    compute: readComputeSettings(get),
    ...(github === undefined ? {} : { github }),
    operations: readOperationsSettings(get),
    ...(limit === undefined ? {} : { maxActiveTasks: limitOf(limit) }),
    ...(boundary === undefined ? {} : { permissionsBoundary: boundaryOf(boundary) }),
  };
}

function architectureOf(value: unknown): Architecture {
  const known = ARCHITECTURES.find((architecture) => architecture === value);
  if (known !== undefined) return known;
  throw new SynthesisError(
    'CLOUD_ARCHITECTURE',
    `The context value architecture is ${JSON.stringify(value)}, which Lambda does not offer.`,
    `Use one of ${ARCHITECTURES.join(', ')}: -c architecture=arm64.`,
  );
}

function booleanOf(key: string, value: unknown): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw new SynthesisError(
    'CLOUD_CONTEXT',
    `The context value ${key} is ${JSON.stringify(value)}, which is neither true nor false.`,
    `Write -c ${key}=true, or leave it out.`,
  );
}

function consoleOf(value: unknown, mlflowPage: string | undefined): boolean {
  const wanted = booleanOf('console', value ?? mlflowPage !== undefined);
  if (wanted || mlflowPage === undefined) return wanted;
  throw new SynthesisError(
    'CLOUD_CONTEXT',
    'The context value mlflow-page asks for the page of MLflow, and console=false refuses the sign-in that it needs.',
    'Leave console out, or write -c console=true: while nobody looks, it costs nothing.',
  );
}

function limitOf(value: unknown): number {
  const limit = Number(value);
  if (Number.isInteger(limit) && limit >= 1) return limit;
  throw new SynthesisError(
    'CLOUD_CONTEXT',
    `The context value max-active-tasks is ${JSON.stringify(value)}, which is no whole number from 1.`,
    'Write -c max-active-tasks=100, or leave it out.',
  );
}

function samlOf(value: unknown): string {
  if (typeof value === 'string' && /^https:\/\/[^\s"']+$/.test(value)) return value;
  throw new SynthesisError(
    'CLOUD_CONTEXT',
    `The context value console-saml is ${JSON.stringify(value)}, which is no address of SAML metadata.`,
    'Write -c console-saml=https://portal.sso.<region>.amazonaws.com/saml/metadata/…, or leave it out.',
  );
}

function boundaryOf(value: unknown): string {
  if (
    typeof value === 'string' &&
    /^(arn:[\w-]+:iam::(\d{12}|aws):policy\/\S+|[\w+=,.@-]{1,128})$/.test(value)
  ) {
    return value;
  }
  throw new SynthesisError(
    'CLOUD_CONTEXT',
    `The context value permissions-boundary is ${JSON.stringify(value)}, which is neither the name nor the ARN of a managed policy.`,
    'Write -c permissions-boundary=MyBoundary or the whole ARN, or leave it out.',
  );
}
