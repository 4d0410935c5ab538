/** The templates of a pipeline with every kind of container. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { buildStacks, type BuiltStacks } from '../../lib/cloud/build-stacks';
import { readSettings } from '../../lib/cloud/settings';
import { compile } from '../../lib/compiler/compile';
import { container } from '../../lib/dsl/container';
import { pipeline } from '../../lib/dsl/pipeline';
import { shell } from '../../lib/dsl/shell';
import { ingestCsv } from '../../lib/dsl/tasks';

const FLAGS = (require('../../cdk.json') as { context: Record<string, unknown> }).context;

const every = pipeline({ id: 'every', description: 'Every kind' }, () => {
  container('task', {
    runsOn: 'fargate',
    image: 'python:3.13-slim',
    command: ['python'],
    cpu: 3,
    memoryMb: 9000,
    diskGb: 50,
    labels: { team: 'risk' },
    access: [{ store: 'objects', mode: 'read', prefix: 'raw/' }],
    local: { command: 'python3', args: ['train.py'] },
  });
  container('small', { runsOn: 'batch', image: 'a:1', cpu: 1, architecture: 'x86_64' });
  container('gpu', { runsOn: 'batch', image: 'a:1', gpu: 1, cpu: 4, memoryMb: 15_000 });
  container('training', { runsOn: 'sagemaker', image: 'a:1', instanceType: 'ml.m5.xlarge' });
  container('pod', { runsOn: 'kubernetes', image: 'a:1', namespace: 'ml', serviceAccount: 'training' });
  shell('moved', { command: 'true' }, { runsOn: 'fargate' });
  shell('moved-too', { command: 'true' }, { runsOn: 'kubernetes' });
  ingestCsv('native', { source: 'raw/a.csv', name: 'a' }, { runsOn: 'fargate' });
}).model;
const plain = pipeline({ id: 'plain', description: 'None' }, () => {
  shell('it', { command: 'true' });
}).model;

/** Free of quotes for the JSON of a definition, and of what CloudFormation takes for a token. */
const ENTRY = `eval(Buffer.from('${Buffer.from('/* lambdas/container-entry */').toString('base64')}', 'base64').toString())`;

describe('stacks of a pipeline with containers', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-containers-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  const bundleOf = (handler: string) => {
    const directory = join(scratch, handler);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'index.js'), `/* ${handler} */\n//# sourceMappingURL=index.js.map\n`);
    return { handler, directory, codeHash: 'c0de', assetHash: `a${handler.length}`, bytes: 10 };
  };
  const make = (
    context: Readonly<Record<string, unknown>>,
    model = every,
    validate = false,
  ): BuiltStacks & { app: App } => {
    const app = new App({
      autoSynth: false,
      builtinCloudFormationValidation: validate,
      outdir: mkdtempSync(join(scratch, 'out-')),
      context: FLAGS,
    });
    const stacks = buildStacks(app, {
      settings: readSettings((key) => context[key]),
      pipelines: [{ model, compiled: compile(model), file: 'pipelines/every.ts' }],
      code: { commit: 'c0ffee', dirty: false },
      bundleOf,
      handlerFailures: [],
      nativeLayer: { state: 'complete', directory: bundleOf('layer').directory, assetHash: 'feed' },
    });
    return { app, ...stacks };
  };
  const built = make({ 'kubernetes-cluster': 'analytics' });
  const compute = Template.fromStack(built.compute ?? built.core);
  const stack = built.pipelines.get('every');
  const template = Template.fromStack(stack ?? built.core);

  it('have nothing that cdk-nag objects to', () => {
    const { violations } = new AwsSolutionsChecks().validateScope(built.app);
    expect(violations.map(({ ruleName, violatingResources }) => [ruleName, violatingResources])).toEqual([]);
  });

  it('are valid for CloudFormation', () => {
    const { app } = make({ 'kubernetes-cluster': 'analytics' }, every, true);
    // It throws what the rules say against a template.
    expect(Object.keys(app.synth().manifest.artifacts ?? {})).toContain('millrace-dev-compute');
  }, 30_000);

  it('are made only when a pipeline has containers', () => {
    expect(make({}, plain).compute).toBeUndefined();
  });

  it('share a cluster, queues, a network and the function around jobs', () => {
    compute.resourceCountIs('AWS::ECS::Cluster', 1);
    compute.resourceCountIs('AWS::Batch::JobQueue', 2);
    compute.resourceCountIs('AWS::EC2::NatGateway', 0);
    compute.resourceCountIs('Custom::VpcRestrictDefaultSG', 0);
    compute.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'millrace-dev-jobs',
      Environment: { Variables: Match.objectLike({ MILLRACE_PUBLIC_IP: 'true' }) },
    });
    compute.hasResourceProperties('AWS::IAM::Role', {
      RoleName: { 'Fn::Sub': 'millrace-dev-jobs-${AWS::Region}' },
    });
  });

  it('take a network of the account by its ids', () => {
    const given = make({
      subnets: 'subnet-0a,subnet-0b',
      'security-groups': 'sg-0c',
      'kubernetes-cluster': 'x',
    });
    const own = Template.fromStack(given.compute ?? given.core);
    own.resourceCountIs('AWS::EC2::VPC', 0);
    own.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'millrace-dev-jobs',
      Environment: {
        Variables: Match.objectLike({
          MILLRACE_SUBNETS: 'subnet-0a,subnet-0b',
          MILLRACE_SECURITY_GROUPS: 'sg-0c',
          MILLRACE_PUBLIC_IP: 'false',
        }),
      },
    });
    expect(() => make({ subnets: 'subnet-0a' })).toThrow('only one is there');
    expect(() => make({ subnets: 'vpc-1', 'security-groups': 'sg-0c' })).toThrow('The context value subnets');
  });

  it('define containers with the smallest size of Fargate that has room', () => {
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      Family: 'millrace-dev-every-job-task',
      Cpu: '4096',
      Memory: '9216',
      EphemeralStorage: { SizeInGiB: 50 },
      RuntimePlatform: { CpuArchitecture: 'ARM64' },
      Tags: Match.arrayWith([{ Key: 'team', Value: 'risk' }]),
      ContainerDefinitions: [
        Match.objectLike({
          Image: 'python:3.13-slim',
          EntryPoint: ['python'],
          LogConfiguration: {
            LogDriver: 'awslogs',
            Options: Match.objectLike({ 'awslogs-group': '/millrace/dev/every/job-task' }),
          },
        }),
      ],
    });
    template.hasResourceProperties('AWS::Batch::JobDefinition', {
      JobDefinitionName: 'millrace-dev-every-job-small',
      ContainerProperties: Match.objectLike({
        RuntimePlatform: { CpuArchitecture: 'X86_64', OperatingSystemFamily: 'LINUX' },
      }),
    });
    template.hasResourceProperties('AWS::Batch::JobDefinition', {
      JobDefinitionName: 'millrace-dev-every-job-gpu',
      PlatformCapabilities: ['EC2'],
      ContainerProperties: Match.objectLike({
        ResourceRequirements: [
          { Type: 'VCPU', Value: '4' },
          { Type: 'MEMORY', Value: '15000' },
          { Type: 'GPU', Value: '1' },
        ],
      }),
    });
  });

  it('keep the definitions that runs have begun with', () => {
    template.allResources('AWS::ECS::TaskDefinition', {
      UpdateReplacePolicy: 'Retain',
      DeletionPolicy: 'Retain',
    });
    template.allResourcesProperties('AWS::Batch::JobDefinition', {
      ResourceRetentionPolicy: { SkipDeregisterOnUpdate: true },
    });
  });

  it('run handlers with Node and their own bundle, which their role may read', () => {
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      Family: 'millrace-dev-every-job-moved',
      ContainerDefinitions: [
        Match.objectLike({
          Image: 'public.ecr.aws/docker/library/node:24-slim',
          EntryPoint: ['node'],
          Command: ['-e', ENTRY],
        }),
      ],
    });
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      DefinitionSubstitutions: Match.objectLike({
        JobMovedCodeHash: 'c0de',
        HandlerEntry: ENTRY,
        KubernetesCluster: 'analytics',
        HandlerLayer: Match.anyValue(),
      }),
    });
    const native = Object.entries(template.findResources('AWS::IAM::Policy')).find(([id]) =>
      id.includes('JobNative'),
    );
    expect(JSON.stringify(native)).toMatch(/[0-9a-f]{64}\.js.*[0-9a-f]{64}\.zip/);
    template.hasResourceProperties('AWS::EKS::PodIdentityAssociation', {
      ClusterName: 'analytics',
      Namespace: 'ml',
      ServiceAccount: 'training',
    });
  });

  it('leave to this machine what stands in for containers here', () => {
    template.hasResource('AWS::StepFunctions::StateMachine', {
      Metadata: {
        'millrace:containers': {
          task: { command: 'python3', args: ['train.py'] },
          moved: { bundle: Match.stringLikeRegexp('^[0-9a-f]{64}\\.js$') },
          'moved-too': { bundle: Match.anyValue() },
          native: { bundle: Match.anyValue(), native: true },
        },
      },
    });
  });

  it('give containers what they declare, and machines what the integrations need', () => {
    const policies = JSON.stringify(template.findResources('AWS::IAM::Role'));
    for (const action of ['ecs:RunTask', 'batch:SubmitJob', 'sagemaker:CreateTrainingJob'])
      expect(policies).toContain(action);
    expect(policies).toContain('raw/*');
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'iam:PassRole' })]) },
    });
  });

  it('refuse to be deployed without the name of a cluster that a pipeline needs', () => {
    const { compute: unnamed, core } = make({});
    expect(Object.keys(Template.fromStack(unnamed ?? core).toJSON()['Rules'] as object)).toContain(
      'KubernetesClusterIsNamed',
    );
  });
});
