/** The containers of a pipeline: for each task a definition with a role and a log group, and what the machine calls them by. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Aws, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnPodIdentityAssociation } from 'aws-cdk-lib/aws-eks';
import { PolicyStatement, ServicePrincipal, SessionTagsPrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import type { JobSpec } from '../compiler/jobs';
import type { PythonTask } from '../model/python-task';
import { accessStatements, publishStatement, RUNTIME_ACCESS, taskRecordStatement } from './access-statements';
import { CONTAINER_ENTRY } from './compute-stack';
import { logStatement } from './handler-function';
import type { BundleOf } from './handler-stub';
import { batchDefinition, fargateDefinition } from './job-definitions';
import { imageStatements } from './job-statements';
import { LeastPrivilegeRole } from './least-privilege-role';
import type { Names } from './names';
import type { NativeLayer } from './native-layer';
import type { Settings } from './settings';
import { mlflowApiId, ownAccess, trackingApiStatements } from './python-environment';
import { pythonEntry } from './python-entry';
import { PYTHON_VERSION } from './python-packages';
import { refuseDeployment } from './undeployable';

export interface PipelineJobsProps {
  readonly names: Names;
  readonly settings: Settings;
  readonly pipeline: string;
  readonly jobs: readonly JobSpec[];
  readonly bundleOf: BundleOf;
  readonly nativeLayer?: NativeLayer;
}

/** Have Node or Python and nothing else; the handler's own bundle is fetched when the container starts. */
const HANDLER_IMAGE = 'public.ecr.aws/docker/library/node:24-slim';
const PYTHON_IMAGE = `public.ecr.aws/docker/library/python:${PYTHON_VERSION}-slim`;

export class PipelineJobs extends Construct {
  /** By token in the definition of the machine. */
  readonly substitutions: Record<string, string> = {};
  /** By task: what runs on a developer's machine in its place. */
  readonly standIns: Record<string, object> = {};
  /** ARNs of what the machine hands to the services. */
  readonly passedRoles: string[] = [];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: PipelineJobsProps,
  ) {
    super(scope, id);
    const { names, jobs, settings } = props;
    if (jobs.length === 0) return;
    Object.assign(this.substitutions, {
      Jobs: Fn.sub(names.jobsFunctionArn),
      Region: Aws.REGION,
      JobCluster: names.cluster,
      JobQueue: names.jobQueue,
      JobGpuQueue: names.jobGpuQueue,
      KubernetesCluster: settings.compute.kubernetesCluster ?? 'local',
    });
    const pods = jobs.flatMap(({ compute, runs }) =>
      compute.service === 'kubernetes' && runs.kind === 'handler' ? [runs.python !== undefined] : [],
    );
    if (pods.includes(false))
      Object.assign(this.substitutions, { HandlerImage: HANDLER_IMAGE, HandlerEntry: this.entry() });
    // The definition of the machine is JSON in which CloudFormation replaces the tokens as they are, quotes and all.
    if (pods.includes(true))
      Object.assign(this.substitutions, {
        PythonImage: PYTHON_IMAGE,
        PythonEntry: `import base64;exec(base64.b64decode('${base64(pythonEntry())}'))`,
      });
    if (jobs.some(({ runs }) => runs.kind === 'handler' && runs.python?.tracking !== undefined)) {
      mlflowApiId(Stack.of(this), names);
      // The address of the API is known when the core stack is deployed; CloudFormation reads it then.
      this.substitutions['MlflowUri'] = `{{resolve:ssm:${names.mlflowUriParameter}}}`;
    }
    if (jobs.some(({ compute }) => ['fargate', 'batch'].includes(compute.service)))
      this.passedRoles.push(names.jobExecutionRoleArn);
    for (const job of jobs) this.make(job);
  }

  /** What is native, as the archive that the layer of functions is made of. */
  private layer(): Asset | undefined {
    const { nativeLayer: native } = this.props;
    if (native === undefined) return undefined;
    if (native.message !== undefined)
      refuseDeployment(Stack.of(this), 'NativeLayerIsComplete', native.message);
    const known = this.node.tryFindChild('Layer');
    const asset =
      (known as Asset | undefined) ??
      new Asset(this, 'Layer', { path: native.directory, assetHash: native.assetHash });
    this.substitutions['HandlerLayer'] = `s3://${asset.s3BucketName}/${asset.s3ObjectKey}`;
    return asset;
  }

  private make(job: JobSpec): void {
    const { names, pipeline } = this.props;
    const token = job.substitution;
    const native = job.runs.kind === 'handler' && job.runs.native.length > 0;
    const assets = [this.bundle(job), native ? this.layer() : undefined].filter(
      (asset) => asset !== undefined,
    );
    const { service } = job.compute;
    this.substitutions[token] = names.job(pipeline, job.key);
    this.substitutions[`${token}Logs`] =
      service === 'kubernetes'
        ? names.functionLogs('core', 'jobs')
        : service === 'sagemaker'
          ? names.trainingLogs
          : this.logGroup(job);
    const role = this.role(job, assets);
    if (service === 'fargate' || service === 'batch')
      this.substitutions[`${token}Definition`] = this.define(job, role);
    if (service === 'sagemaker') this.substitutions[`${token}Role`] = role.roleArn;
    if (service === 'kubernetes') this.association(job, role);
    else this.passedRoles.push(role.roleArn);
    if (job.runs.kind === 'image' && job.runs.local !== undefined) this.standIns[job.task] = job.runs.local;
  }

  private bundle(job: JobSpec): Asset | undefined {
    if (job.runs.kind !== 'handler') return undefined;
    const { directory, codeHash, assetHash, incomplete } = this.props.bundleOf(job.runs.handler);
    const { python } = job.runs;
    if (incomplete !== undefined) refuseDeployment(Stack.of(this), 'PythonPackagesAreBundled', incomplete);
    // Of TypeScript a single file, which a container can load as it is; of Python an archive.
    const asset =
      python === undefined
        ? new Asset(this, `${job.substitution}Bundle`, { path: join(directory, 'index.js') })
        : new Asset(this, `${job.substitution}Bundle`, { path: directory, assetHash });
    this.substitutions[`${job.substitution}Bundle`] = `s3://${asset.s3BucketName}/${asset.s3ObjectKey}`;
    this.substitutions[`${job.substitution}CodeHash`] = codeHash;
    this.standIns[job.task] = {
      bundle: asset.s3ObjectKey,
      ...(python === undefined ? {} : { python: true }),
      ...(job.runs.native.length > 0 ? { native: true } : {}),
    };
    return asset;
  }

  private logGroup(job: JobSpec): string {
    const { names, pipeline, settings } = this.props;
    const logGroupName = names.functionLogs(pipeline, job.key);
    new LogGroup(this, `${job.substitution}Logs`, {
      logGroupName,
      retention: settings.stage.logDays,
      removalPolicy: settings.stage.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    return logGroupName;
  }

  private role(job: JobSpec, assets: readonly Asset[]): LeastPrivilegeRole {
    const { names, pipeline } = this.props;
    const { service } = job.compute;
    const principal = {
      fargate: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      batch: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      sagemaker: new ServicePrincipal('sagemaker.amazonaws.com'),
      kubernetes: new SessionTagsPrincipal(new ServicePrincipal('pods.eks.amazonaws.com')),
    }[service];
    const role = new LeastPrivilegeRole(this, `${job.substitution}Role`, {
      assumedBy: principal,
      description: `${names.prefix} ${pipeline}: container of ${job.task}`.slice(0, 1000),
      statements: [
        ...(job.runs.kind === 'handler' ? [taskRecordStatement(names), publishStatement(names)] : []),
        ...accessStatements(
          [...RUNTIME_ACCESS, ...ownAccess({ access: job.access, ...pythonOf(job) })],
          names,
        ),
        ...trackingApiStatements(pythonOf(job), names),
        ...(service === 'sagemaker'
          ? [
              ...imageStatements(),
              logStatement(names, [names.trainingLogs]),
              {
                actions: ['logs:CreateLogGroup', 'logs:DescribeLogStreams'],
                resources: [names.logStreamsArn(names.trainingLogs)],
                reason: 'SageMaker names the log streams of its jobs, and makes their one group.',
              },
            ]
          : []),
      ],
    });
    if (assets.length > 0)
      role.addToPolicy(
        new PolicyStatement({
          actions: ['s3:GetObject'],
          resources: assets.map(
            (asset) => `arn:${Aws.PARTITION}:s3:::${asset.s3BucketName}/${asset.s3ObjectKey}`,
          ),
        }),
      );
    return role;
  }

  private define(job: JobSpec, role: LeastPrivilegeRole): string {
    const { names, pipeline, settings } = this.props;
    const run =
      job.runs.kind === 'handler'
        ? job.runs.python === undefined
          ? { image: HANDLER_IMAGE, entryPoint: ['node'], command: ['-e', this.entry()] }
          : { image: PYTHON_IMAGE, entryPoint: ['python'], command: ['-u', '-c', pythonEntry()] }
        : { image: job.runs.image, entryPoint: [...job.runs.command], command: [] };
    const props = { names, settings, pipeline, job, role, run };
    return job.compute.service === 'fargate'
      ? fargateDefinition(this, props).ref
      : batchDefinition(this, props).ref;
  }

  /** The role of a service account; without one, the pods have what their namespace gives them. */
  private association(job: JobSpec, role: LeastPrivilegeRole): void {
    const { settings } = this.props;
    const { namespace = 'default', serviceAccount } = job.compute;
    const { kubernetesCluster } = settings.compute;
    if (serviceAccount === undefined || kubernetesCluster === undefined) return;
    const id = `Pods-${namespace}-${serviceAccount}`;
    // Tasks that share an account share its role: the first one's.
    if (this.node.tryFindChild(id) !== undefined) return;
    new CfnPodIdentityAssociation(this, id, {
      clusterName: kubernetesCluster,
      namespace,
      serviceAccount,
      roleArn: role.roleArn,
    });
  }

  /** What `node -e` runs, in characters that neither JSON nor CloudFormation, which looks for `${…}`, takes for its own. */
  private entry(): string {
    const { directory } = this.props.bundleOf(CONTAINER_ENTRY);
    const text = readFileSync(join(directory, 'index.js'), 'utf8');
    return `eval(Buffer.from('${base64(text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, ''))}', 'base64').toString())`;
  }
}

function pythonOf({ runs }: JobSpec): { readonly python?: PythonTask } {
  return runs.kind === 'handler' && runs.python !== undefined ? { python: runs.python } : {};
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
