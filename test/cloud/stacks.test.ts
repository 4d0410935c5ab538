/** The templates of both stacks, from a hand-written compiled pipeline. One file, as loading the CDK takes seconds. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnResource, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { CompiledPipeline } from '../../lib/compiler/compile';
import { buildStacks, type BuiltStacks } from '../../lib/cloud/build-stacks';
import { checkResourceCount, checkTemplateSize } from '../../lib/cloud/check-stack';
import { stubBundle } from '../../lib/cloud/handler-stub';
import { LeastPrivilegeRole } from '../../lib/cloud/least-privilege-role';
import { namesOf } from '../../lib/cloud/names';
import type { NativeLayer } from '../../lib/cloud/native-layer';
import { readSettings } from '../../lib/cloud/settings';
import { compiledPipeline, functionSpec } from './support/compiled-pipeline';

interface Resource {
  readonly Type: string;
  // Templates are free-form; a wrong path fails the expectation that reads it.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly Properties: Record<string, any>;
  readonly DeletionPolicy?: string;
}
interface RolePolicyStatement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

let scratch: string;
const { context: FLAGS } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'cdk.json'), 'utf8')) as {
  context: Record<string, unknown>;
};
const FAILURE = { file: 'lambdas/x/handler.ts', code: 'X', message: 'Broken.', hint: 'Mend it.' };

const MODEL = {
  id: 'churn',
  schedule: { kind: 'cron', expression: '30 6 1 * MON', timeZone: 'Europe/Berlin' },
  triggers: [
    { kind: 'object-created', prefix: 'raw/churn/', suffix: '.csv', minimumBytes: 10, param: 'source' },
  ],
  tasks: [],
};

interface MakeProps {
  readonly compiled?: CompiledPipeline;
  readonly layer?: NativeLayer['state'];
  readonly model?: object;
}

function make(
  context: Readonly<Record<string, unknown>> = {},
  { compiled = compiledPipeline(), layer = 'complete', model = MODEL }: MakeProps = {},
): BuiltStacks & { app: App } {
  const app = new App({
    autoSynth: false,
    builtinCloudFormationValidation: false,
    outdir: mkdtempSync(join(scratch, 'out-')),
    context: FLAGS,
  });
  const bundleOf = (handler: string) => stubBundle(handler, FAILURE, join(scratch, 'bundles'));
  const { directory, assetHash } = bundleOf('layer');
  const stacks = buildStacks(app, {
    settings: readSettings((key) => context[key]),
    pipelines: [{ compiled, file: 'pipelines/churn.ts', model: model as never }],
    code: { commit: 'c0ffee', dirty: true },
    bundleOf,
    handlerFailures: [],
    nativeLayer: {
      state: layer,
      directory,
      assetHash,
      ...(layer === 'complete' ? {} : { message: 'No binaries.' }),
    },
  });
  return { app, ...stacks };
}

function resources(template: Template, type: string): Resource[] {
  return Object.values(template.findResources(type)) as unknown as Resource[];
}

function violations(app: App): string[] {
  return new AwsSolutionsChecks().validateScope(app).violations.map((violation) => violation.ruleName);
}

/** `Fn::Sub` templates as their text, everything else as JSON. */
function text(value: unknown): string {
  if (typeof value === 'string') return value;
  const sub = (value as { 'Fn::Sub'?: string })['Fn::Sub'];
  return sub ?? JSON.stringify(value);
}

function list(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(text);
}

/** `action resource` of every statement of the role with a description that ends like that. */
function grants(template: Template, description: string): string[] {
  const role = resources(template, 'AWS::IAM::Role').find((candidate) =>
    String(candidate.Properties['Description']).endsWith(description),
  );
  if (role === undefined) throw new Error(`There is no role ${description}.`);
  const statements = role.Properties['Policies'].flatMap(
    (policy: { PolicyDocument: { Statement: RolePolicyStatement[] } }) => policy.PolicyDocument.Statement,
  ) as RolePolicyStatement[];
  return statements
    .flatMap((statement) =>
      list(statement.Action).flatMap((action) =>
        list(statement.Resource).map((resource) => `${action} ${resource}`),
      ),
    )
    .map((grant) =>
      grant.replace(/arn:\$\{AWS::Partition\}:(\w+):(\$\{AWS::Region\})?:(\$\{AWS::AccountId\})?:/g, '$1:'),
    )
    .map((grant) => grant.replaceAll('-${AWS::AccountId}-${AWS::Region}', ''))
    .sort();
}

let dev: ReturnType<typeof make>;
let core: Template;
let churn: Template;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'millrace-stacks-'));
  dev = make();
  core = Template.fromStack(dev.core);
  churn = Template.fromStack(dev.pipelines.get('churn')!);
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe('the core stack', () => {
  it('keeps data in a versioned, encrypted, private bucket that sends events without a custom resource', () => {
    const data = resources(core, 'AWS::S3::Bucket').find((bucket) =>
      text(bucket.Properties['BucketName']).startsWith('millrace-dev-data-'),
    )!.Properties;
    expect(data['VersioningConfiguration']).toEqual({ Status: 'Enabled' });
    expect(data['NotificationConfiguration']).toEqual({
      EventBridgeConfiguration: { EventBridgeEnabled: true },
    });
    expect(data['PublicAccessBlockConfiguration']).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    expect(JSON.stringify(data['BucketEncryption'])).toContain('AES256');
    expect(data['LifecycleConfiguration'].Rules.map((rule: { Id: string }) => rule.Id)).toEqual([
      'abandoned-uploads',
      'earlier-versions',
      'executions',
      'logs',
    ]);
    expect(data['LoggingConfiguration']).toMatchObject({ LogFilePrefix: 'data/' });
    const types = Object.values(core.toJSON()['Resources'] as Record<string, Resource>).map((r) => r.Type);
    expect(
      types.filter((type) => type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource'),
    ).toEqual([]);
  });

  it('lets nobody use the buckets without TLS', () => {
    const policies = resources(core, 'AWS::S3::BucketPolicy').map((policy) =>
      JSON.stringify(policy.Properties),
    );
    expect(policies).toHaveLength(2);
    for (const policy of policies) {
      expect(policy).toContain('"Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny"');
    }
  });

  it('has the two tables of docs/ARCHITECTURE.md', () => {
    const tables = Object.fromEntries(
      resources(core, 'AWS::DynamoDB::Table').map(({ Properties }) => [Properties['TableName'], Properties]),
    );
    for (const table of Object.values(tables)) {
      expect(table).toMatchObject({
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
    }
    expect(tables['millrace-dev-orchestration']).toMatchObject({
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    });
    expect(tables['millrace-dev-tracking']!['GlobalSecondaryIndexes']).toMatchObject([
      { IndexName: 'gsi1', KeySchema: [{ AttributeName: 'g1pk' }, { AttributeName: 'g1sk' }] },
    ]);
  });

  it('gives the launcher what it needs to start machines of its stage, and nothing else', () => {
    expect(grants(core, ': launcher')).toEqual([
      'dynamodb:ConditionCheckItem dynamodb:table/millrace-dev-orchestration',
      'dynamodb:DeleteItem dynamodb:table/millrace-dev-orchestration',
      'dynamodb:GetItem dynamodb:table/millrace-dev-orchestration',
      'dynamodb:PutItem dynamodb:table/millrace-dev-orchestration',
      'dynamodb:Query dynamodb:table/millrace-dev-orchestration',
      'dynamodb:UpdateItem dynamodb:table/millrace-dev-orchestration',
      'events:PutEvents events:event-bus/millrace-dev',
      'logs:CreateLogStream logs:log-group:/millrace/dev/core/launcher:*',
      'logs:PutLogEvents logs:log-group:/millrace/dev/core/launcher:*',
      'states:DescribeExecution states:execution:millrace-dev-*:*',
      'states:DescribeStateMachine states:stateMachine:millrace-dev-*',
      'states:DescribeStateMachineAlias states:stateMachine:millrace-dev-*',
      'states:ListStateMachineVersions states:stateMachine:millrace-dev-*',
      'states:ListStateMachines *',
      'states:SendTaskSuccess *',
      'states:StartExecution states:stateMachine:millrace-dev-*',
      'states:StopExecution states:execution:millrace-dev-*:*',
      'states:UpdateStateMachineAlias states:stateMachine:millrace-dev-*',
      'xray:PutTelemetryRecords *',
      'xray:PutTraceSegments *',
    ]);
    expect(grants(core, ': begin').filter((grant) => grant.includes('tracking'))).toEqual([]);
  });

  it('lets the notifier read the secrets of its stage and who is to be told, and publish to the alarm topic', () => {
    expect(grants(core, ': notifier')).toEqual([
      'dynamodb:GetItem dynamodb:table/millrace-dev-orchestration',
      'dynamodb:PutItem dynamodb:table/millrace-dev-orchestration',
      'dynamodb:Query dynamodb:table/millrace-dev-orchestration',
      'dynamodb:UpdateItem dynamodb:table/millrace-dev-orchestration',
      'lambda:InvokeFunction lambda:function:millrace-dev-*-callback-*',
      'logs:CreateLogStream logs:log-group:/millrace/dev/core/notifier:*',
      'logs:PutLogEvents logs:log-group:/millrace/dev/core/notifier:*',
      'secretsmanager:GetSecretValue secretsmanager:secret:millrace/dev/*',
      'sns:Publish sns:millrace-dev-alarms',
      'ssm:GetParameter ssm:parameter/aws/reference/secretsmanager/millrace/dev/*',
      'ssm:GetParameter ssm:parameter/millrace/dev/*',
      'states:DescribeStateMachine states:stateMachine:millrace-dev-*',
      'states:DescribeStateMachineAlias states:stateMachine:millrace-dev-*',
      'xray:PutTelemetryRecords *',
      'xray:PutTraceSegments *',
    ]);
    const rule = resources(core, 'AWS::Events::Rule').find(
      ({ Properties }) => Properties['Name'] === 'millrace-dev-notifier',
    );
    expect(rule!.Properties['EventBusName']).toBeDefined();
    expect(rule!.Properties['Targets'][0].DeadLetterConfig).toBeDefined();
  });

  it('leads people from a notification to the console when there is one', () => {
    const addressIn = (template: Template): unknown =>
      resources(template, 'AWS::Lambda::Function').find(
        ({ Properties }) => Properties['FunctionName'] === 'millrace-dev-notifier',
      )!.Properties['Environment'].Variables['MILLRACE_CONSOLE_URL'];
    expect(addressIn(core)).toBeUndefined();
    // Template.fromStack refuses what depends on each other in a circle.
    expect(addressIn(Template.fromStack(make({ console: 'true' }).core))).toEqual({
      'Fn::Join': [
        '',
        [
          'https://',
          { 'Fn::GetAtt': [expect.stringContaining('Distribution') as string, 'DomainName'] },
          '/console',
        ],
      ],
    });
  });

  it('tells run-ended how executions of its machines ended, with a place for events that fail', () => {
    const rule = resources(core, 'AWS::Events::Rule').find(
      ({ Properties }) => Properties['Name'] === 'millrace-dev-run-ended',
    );
    const pattern = rule!.Properties['EventPattern'];
    expect(pattern['source']).toEqual(['aws.states']);
    expect(text(pattern['detail'].stateMachineArn[0].prefix)).toBe(
      'arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:millrace-dev-',
    );
    expect(rule!.Properties['Targets'][0].DeadLetterConfig).toBeDefined();
    const asynchronous = resources(core, 'AWS::Lambda::Function')
      .filter((fn) => fn.Properties['DeadLetterConfig'] !== undefined)
      .map((fn) => fn.Properties['FunctionName']);
    expect(asynchronous.sort()).toEqual([
      'millrace-dev-endpoint-events',
      'millrace-dev-launcher',
      'millrace-dev-log-archive',
      'millrace-dev-log-matched',
      'millrace-dev-notifier',
      'millrace-dev-run-ended',
      'millrace-dev-webhooks',
    ]);
  });

  it('rings the webhooks when the registry changes; they read their secrets and nothing else of Parameter Store', () => {
    const rule = resources(core, 'AWS::Events::Rule').find(
      ({ Properties }) => Properties['Name'] === 'millrace-dev-webhooks',
    );
    expect(rule!.Properties['EventPattern']).toEqual({
      source: ['millrace'],
      'detail-type': ['Registry Changed'],
    });
    expect(rule!.Properties['Targets'][0].DeadLetterConfig).toBeDefined();
    const role = resources(core, 'AWS::IAM::Role').find(
      ({ Properties }) => Properties['Description'] === 'millrace dev: webhooks',
    );
    const statements = JSON.stringify(role!.Properties['Policies']);
    expect(statements).toContain('parameter/millrace-dev/webhooks/*');
    expect([...statements.matchAll(/ssm:\w+/g)].map(([action]) => action)).toEqual(['ssm:GetParameter']);
  });

  it('raises alarms on failures, throttles and dead letters', () => {
    const alarms = resources(core, 'AWS::CloudWatch::Alarm').map((alarm) => alarm.Properties['AlarmName']);
    expect(alarms.sort()).toEqual([
      'millrace-dev-dead-letters',
      'millrace-dev-function-errors',
      'millrace-dev-throttles',
    ]);
    for (const alarm of resources(core, 'AWS::CloudWatch::Alarm')) {
      expect(alarm.Properties['AlarmActions']).toHaveLength(1);
    }
  });

  it('has a policy for each level of access, each with more than the one before, and no way around the launcher', () => {
    const policies = resources(core, 'AWS::IAM::ManagedPolicy').map(({ Properties }) => ({
      name: text(Properties['ManagedPolicyName']),
      grants: (Properties['PolicyDocument'].Statement as RolePolicyStatement[]).flatMap((statement) =>
        list(statement.Action).flatMap((action) =>
          list(statement.Resource).map(
            (resource) => `${action} ${resource.replace(/^arn:.*AccountId\}:/, '')}`,
          ),
        ),
      ),
    }));
    expect(policies.map(({ name }) => name.replace('-${AWS::Region}', ''))).toEqual([
      'millrace-dev-viewer',
      'millrace-dev-operator',
      'millrace-dev-author',
      'millrace-dev-admin',
    ]);
    const [viewer, operator, author, admin] = policies.map(({ grants: all }) => new Set(all));
    const writes = (all: Set<string> | undefined) =>
      [...(all ?? [])]
        .filter((grant) => !/^\w+:(Get|List|Describe|Filter|BatchGet|Query)/.test(grant))
        .sort();
    expect(writes(viewer)).toEqual([]);
    expect(writes(operator)).toEqual([
      'dynamodb:ConditionCheckItem table/millrace-dev-orchestration',
      'dynamodb:PutItem table/millrace-dev-orchestration',
      'dynamodb:UpdateItem table/millrace-dev-orchestration',
      'events:PutEvents event-bus/millrace-dev',
      'lambda:InvokeFunction function:millrace-dev-launcher',
      'ssm:DeleteParameter parameter/millrace-dev/variables/*',
      'ssm:PutParameter parameter/millrace-dev/variables/*',
    ]);
    expect([...(viewer ?? [])].every((grant) => operator?.has(grant))).toBe(true);
    expect([...(operator ?? [])].every((grant) => author?.has(grant))).toBe(true);
    expect([...(author ?? [])].every((grant) => admin?.has(grant))).toBe(true);
    for (const level of [viewer, operator, author])
      expect([...(level ?? [])].filter((grant) => grant.includes('connections'))).toEqual([]);
    // Runs have no other writer than the functions: people write records of endpoints, and tell of these and of models.
    const guarded = resources(core, 'AWS::IAM::ManagedPolicy')
      .flatMap(({ Properties }) => Properties['PolicyDocument'].Statement as RolePolicyStatement[])
      .filter(({ Action }) => list(Action).some((action) => /^(?:dynamodb:PutItem|events:Put)/.test(action)))
      .filter(({ Resource }) => !text(Resource).includes('tracking'))
      .map(({ Condition }) => JSON.stringify(Condition));
    expect([...new Set(guarded)]).toEqual([
      '{"ForAllValues:StringLike":{"dynamodb:LeadingKeys":["ENDPOINT#*","ENDPOINTS"]}}',
      '{"StringEquals":{"events:detail-type":["Endpoint Changed","Roll Back Endpoint"]}}',
      '{"StringEquals":{"events:detail-type":["Alias Moved","Registry Changed"]}}',
    ]);
  });
});

describe('a pipeline stack', () => {
  it('has a function with a log group per function spec, with the settings of the spec', () => {
    const train = resources(churn, 'AWS::Lambda::Function').find(
      (fn) => fn.Properties['FunctionName'] === 'millrace-dev-churn-train-model',
    )!.Properties;
    expect(train).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: 1769,
      Timeout: 840,
    });
    expect(train['Environment'].Variables).toMatchObject({
      OMP_NUM_THREADS: '1',
      MILLRACE_STAGE: 'dev',
      MILLRACE_TRACKING_TABLE: 'millrace-dev-tracking',
      MILLRACE_ORCHESTRATION_TABLE: 'millrace-dev-orchestration',
      MILLRACE_BUS: 'millrace-dev',
      MILLRACE_CODE_HASH: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      POWERTOOLS_SERVICE_NAME: 'churn',
      POWERTOOLS_METRICS_NAMESPACE: 'millrace',
      NODE_OPTIONS: '--enable-source-maps',
    });
    const groups = resources(churn, 'AWS::Logs::LogGroup').map((group) => group.Properties['LogGroupName']);
    expect(groups.sort()).toEqual([
      '/aws/vendedlogs/states/millrace-dev-churn',
      '/millrace/dev/churn/compare',
      '/millrace/dev/churn/evaluate',
      '/millrace/dev/churn/ingest-csv',
      '/millrace/dev/churn/notify',
      '/millrace/dev/churn/train-model',
    ]);
  });

  it('has traces of its machine and of every function', () => {
    for (const template of [core, churn]) {
      const functions = resources(template, 'AWS::Lambda::Function');
      expect(functions.length).toBeGreaterThan(4);
      for (const { Properties } of functions)
        expect([Properties['FunctionName'], Properties['TracingConfig']]).toEqual([
          Properties['FunctionName'],
          { Mode: 'Active' },
        ]);
    }
    const machines = resources(churn, 'AWS::StepFunctions::StateMachine');
    expect(machines.map(({ Properties }) => Properties['TracingConfiguration'] as unknown)).toEqual([
      { Enabled: true },
    ]);
  });

  it('gives each permission class exactly what its functions declare', () => {
    const runtime = [
      'dynamodb:GetItem dynamodb:table/millrace-dev-orchestration',
      'dynamodb:PutItem dynamodb:table/millrace-dev-orchestration',
      'dynamodb:UpdateItem dynamodb:table/millrace-dev-orchestration',
      'events:PutEvents events:event-bus/millrace-dev',
      's3:AbortMultipartUpload s3:millrace-dev-data/executions/*',
      's3:GetObject s3:millrace-dev-data/executions/*',
      's3:GetObjectVersion s3:millrace-dev-data/executions/*',
      's3:ListBucket s3:millrace-dev-data',
      's3:PutObject s3:millrace-dev-data/executions/*',
      'xray:PutTelemetryRecords *',
      'xray:PutTraceSegments *',
    ];
    const logs = (...keys: string[]): string[] =>
      keys.flatMap((key) =>
        ['CreateLogStream', 'PutLogEvents'].map(
          (action) => `logs:${action} logs:log-group:/millrace/dev/churn/${key}:*`,
        ),
      );
    const extra = (description: string): string[] => {
      const all = grants(churn, description);
      expect(all).toEqual(expect.arrayContaining(runtime));
      return all.filter((grant) => !runtime.includes(grant));
    };
    expect(extra('churn: notify')).toEqual([...logs('notify'), 'sns:Publish sns:millrace-dev-alarms'].sort());
    expect(extra('churn: ingest-csv')).toEqual(
      [
        ...logs('ingest-csv'),
        's3:AbortMultipartUpload s3:millrace-dev-data/datasets/churn/*',
        's3:GetObject s3:millrace-dev-data/datasets/churn/*',
        's3:GetObject s3:millrace-dev-data/raw/*',
        's3:GetObjectVersion s3:millrace-dev-data/datasets/churn/*',
        's3:GetObjectVersion s3:millrace-dev-data/raw/*',
        's3:PutObject s3:millrace-dev-data/datasets/churn/*',
      ].sort(),
    );
    expect(extra('churn: compare')).toEqual(
      [
        ...logs('compare'),
        'dynamodb:BatchGetItem dynamodb:table/millrace-dev-tracking',
        'dynamodb:GetItem dynamodb:table/millrace-dev-tracking',
        'dynamodb:Query dynamodb:table/millrace-dev-tracking',
        'dynamodb:Query dynamodb:table/millrace-dev-tracking/index/gsi1',
      ].sort(),
    );
    // Two functions that declare the same share a role, whatever the order of the declarations.
    const shared = extra('churn: train-model, evaluate');
    expect(shared).toEqual(expect.arrayContaining(logs('train-model', 'evaluate')));
    expect(shared).toContain('dynamodb:UpdateItem dynamodb:table/millrace-dev-tracking');
    expect(shared).toContain('s3:PutObject s3:millrace-dev-data/artifacts/*');
    expect(shared.filter((grant) => grant.includes('raw/') || grant.includes('sns'))).toEqual([]);
  });

  it('lets the listing of the bucket name only declared prefixes', () => {
    const role = JSON.stringify(
      resources(churn, 'AWS::IAM::Role').find((r) =>
        String(r.Properties['Description']).endsWith('ingest-csv'),
      ),
    );
    expect(role).toContain(
      '"Condition":{"StringLikeIfExists":{"s3:prefix":["datasets/churn/*","executions/*","raw/*"]}}',
    );
  });

  it('lets the machine invoke its functions, begin and finish, and nothing else', () => {
    expect(grants(churn, 'churn: state machine')).toEqual([
      'lambda:InvokeFunction lambda:function:millrace-dev-begin',
      'lambda:InvokeFunction lambda:function:millrace-dev-churn-compare:*',
      'lambda:InvokeFunction lambda:function:millrace-dev-churn-evaluate:*',
      'lambda:InvokeFunction lambda:function:millrace-dev-churn-ingest-csv:*',
      'lambda:InvokeFunction lambda:function:millrace-dev-churn-notify:*',
      'lambda:InvokeFunction lambda:function:millrace-dev-churn-train-model:*',
      'lambda:InvokeFunction lambda:function:millrace-dev-finish',
    ]);
  });

  it('publishes a version of the machine and of each function, which stay, and starts runs through an alias', () => {
    const [version] = resources(churn, 'AWS::StepFunctions::StateMachineVersion');
    expect(version?.DeletionPolicy).toBe('Retain');
    expect(JSON.stringify(version?.Properties['StateMachineRevisionId'])).toContain('StateMachineRevisionId');
    const [alias] = resources(churn, 'AWS::StepFunctions::StateMachineAlias');
    expect(alias?.Properties).toMatchObject({ Name: 'live', RoutingConfiguration: [{ Weight: 100 }] });
    const versions = resources(churn, 'AWS::Lambda::Version');
    expect(versions).toHaveLength(5);
    expect(versions.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(Array(5).fill('Retain'));
    const [machine] = resources(churn, 'AWS::StepFunctions::StateMachine');
    expect(JSON.stringify(machine?.Properties['DefinitionSubstitutions']['FnCompare'])).toMatch(
      /FnCompare.*CurrentVersion/,
    );
  });

  it('rings the launcher on its schedule, in its time zone, and for files that arrive', () => {
    const schedules = resources(churn, 'AWS::Scheduler::Schedule').map(({ Properties }) => Properties);
    expect(schedules.map((schedule) => schedule['ScheduleExpression'])).toEqual([
      'cron(30 6 1 * ? *)',
      'cron(30 6 ? * MON *)',
    ]);
    expect(schedules[0]).toMatchObject({
      Name: 'millrace-dev-churn',
      GroupName: 'millrace-dev',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      FlexibleTimeWindow: { Mode: 'OFF' },
    });
    expect(JSON.parse(String(schedules[0]!['Target']['Input']))).toEqual({
      action: 'tick',
      pipeline: 'churn',
      scheduledTime: '<aws.scheduler.scheduled-time>',
    });
    const rule = resources(churn, 'AWS::Events::Rule')[0]!.Properties;
    expect(rule['EventPattern']['detail']['object']).toEqual({
      key: [{ wildcard: 'raw/churn/*.csv' }],
      size: [{ numeric: ['>=', 10] }],
    });
    expect(rule['Targets'][0]['InputTransformer']['InputTemplate']).toContain('"param": "source"');
    expect(resources(churn, 'AWS::Lambda::Permission')).toHaveLength(1);
  });

  it('rings the launcher when datasets that a trigger waits for were updated', () => {
    const trigger = { kind: 'dataset', datasets: ['orders', 'customers'], mode: 'all', per: 'date' };
    const { pipelines } = make({}, { model: { ...MODEL, triggers: [trigger] } });
    const rule = resources(Template.fromStack(pipelines.get('churn')!), 'AWS::Events::Rule')[0]!.Properties;
    expect(rule).toMatchObject({
      EventBusName: 'millrace-dev',
      EventPattern: {
        source: ['millrace'],
        'detail-type': ['Dataset Updated'],
        detail: { dataset: ['orders', 'customers'] },
      },
    });
    expect(rule['Targets'][0].InputTransformer.InputTemplate).toContain(
      '"datasets": ["orders","customers"], "mode": "all", "per": "date", "dataset": <dataset>',
    );
    expect(rule['Targets'][0].DeadLetterConfig).toBeDefined();
  });

  it('rings it by partition key for updates that have one', () => {
    const trigger = { kind: 'dataset', datasets: ['orders'], mode: 'any', per: 'key', param: 'region' };
    const { pipelines } = make({}, { model: { ...MODEL, triggers: [trigger] } });
    const rule = resources(Template.fromStack(pipelines.get('churn')!), 'AWS::Events::Rule')[0]!.Properties;
    expect(rule['EventPattern'].detail).toEqual({ dataset: ['orders'], partitionKey: [{ exists: true }] });
    const { InputPathsMap, InputTemplate } = rule['Targets'][0].InputTransformer;
    expect(InputPathsMap.partitionKey).toBe('$.detail.partitionKey');
    expect(InputTemplate).toContain('"per": "key", "param": "region", "dataset": <dataset>');
    expect(InputTemplate).toContain('"partitionKey": <partitionKey>');
  });

  it('looks for late runs every five minutes, only of a pipeline with a deadline', () => {
    const late = { deadline: { seconds: 60, from: 'start', channels: [] } };
    const { pipelines } = make({}, { model: { ...MODEL, alerts: late } });
    const names = (template: Template) =>
      resources(template, 'AWS::Scheduler::Schedule').map(({ Properties }) => Properties['Name'] as string);
    expect(names(churn)).not.toContain('millrace-dev-churn-deadline');
    const template = Template.fromStack(pipelines.get('churn')!);
    expect(names(template)).toContain('millrace-dev-churn-deadline');
    const ofTask = { kind: 'task', id: 'train', retry: { retries: 0 }, alerts: { deadline: late.deadline } };
    const { pipelines: others } = make({}, { model: { ...MODEL, tasks: [ofTask] } });
    expect(names(Template.fromStack(others.get('churn')!))).toContain('millrace-dev-churn-deadline');
  });

  it('lets a machine with gates meet at items of its runs and answer waiting states', () => {
    const gated = compiledPipeline();
    const { pipelines } = make({}, { compiled: { ...gated, gates: [{ from: 'a', to: 'b' }] } });
    const stack = Template.fromStack([...pipelines.values()][0]!);
    expect(grants(stack, 'churn: state machine').filter((grant) => !grant.startsWith('lambda'))).toEqual([
      'dynamodb:GetItem dynamodb:table/millrace-dev-orchestration',
      'dynamodb:UpdateItem dynamodb:table/millrace-dev-orchestration',
      'states:SendTaskSuccess *',
    ]);
    const [machine] = resources(stack, 'AWS::StepFunctions::StateMachine');
    expect(machine!.Properties['DefinitionSubstitutions']).toMatchObject({
      OrchestrationTable: 'millrace-dev-orchestration',
    });
  });

  it('lets a function read the secrets and runs that its tasks name, and no others', () => {
    const asks = functionSpec({
      key: 'asks',
      access: [
        { store: 'secret', mode: 'read', name: 'token', from: 'parameter' },
        { store: 'secret', mode: 'read', name: 'web/hook', from: 'secrets-manager' },
        { store: 'runs', mode: 'read' },
      ],
    });
    const plain = functionSpec({ key: 'plain' });
    const { app, pipelines } = make({}, { compiled: compiledPipeline('churn', [asks, plain]) });
    expect(violations(app)).toEqual([]);
    const stack = Template.fromStack([...pipelines.values()][0]!);
    const rest = (description: string) =>
      grants(stack, description).filter((grant) => !grant.startsWith('logs:'));
    expect(rest('churn: asks').filter((grant) => !rest('churn: plain').includes(grant))).toEqual([
      'dynamodb:Query dynamodb:table/millrace-dev-orchestration',
      'secretsmanager:GetSecretValue secretsmanager:secret:millrace/dev/web/hook-??????',
      'ssm:GetParameter ssm:parameter/aws/reference/secretsmanager/millrace/dev/web/hook',
      'ssm:GetParameter ssm:parameter/millrace/dev/token',
    ]);
  });

  it('lets a machine do what its integrations do, and nothing else', () => {
    const compiled: CompiledPipeline = {
      ...compiledPipeline(),
      integrations: [
        { kind: 'distributed-map' },
        { kind: 'approval' },
        { kind: 'trigger', pipeline: 'sales-daily', wait: true },
        { kind: 'trigger', pipeline: 'reports', wait: false },
        {
          kind: 'call',
          task: 'copy',
          permissions: [{ actions: ['s3:GetObject'], resources: ['{data-bucket}/raw/*'] }],
        },
      ],
    };
    const { app, pipelines } = make({}, { compiled });
    expect(violations(app)).toEqual([]);
    const stack = Template.fromStack([...pipelines.values()][0]!);
    const own = grants(churn, 'churn: state machine');
    expect(grants(stack, 'churn: state machine').filter((grant) => !own.includes(grant))).toEqual([
      'dynamodb:GetItem dynamodb:table/millrace-dev-orchestration',
      'dynamodb:PutItem dynamodb:table/millrace-dev-orchestration',
      'events:DescribeRule events:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule',
      'events:PutRule events:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule',
      'events:PutTargets events:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule',
      'lambda:InvokeFunction lambda:function:millrace-dev-launcher',
      's3:GetObject s3:millrace-dev-data/raw/*',
      'states:DescribeExecution states:execution:millrace-dev-churn/*:*',
      'states:DescribeExecution states:execution:millrace-dev-churn:*',
      'states:DescribeExecution states:execution:millrace-dev-sales-daily:*',
      'states:RedriveExecution states:execution:millrace-dev-churn/*:*',
      'states:RedriveExecution states:execution:millrace-dev-churn:*',
      'states:StartExecution states:stateMachine:millrace-dev-churn',
      'states:StartExecution states:stateMachine:millrace-dev-sales-daily',
      'states:StopExecution states:execution:millrace-dev-churn/*:*',
      'states:StopExecution states:execution:millrace-dev-churn:*',
      'states:StopExecution states:execution:millrace-dev-sales-daily:*',
    ]);
    const [machine] = resources(stack, 'AWS::StepFunctions::StateMachine');
    expect(machine!.Properties['DefinitionSubstitutions']).toMatchObject({
      OrchestrationTable: 'millrace-dev-orchestration',
      Launcher: { 'Fn::Sub': expect.stringContaining('function:millrace-dev-launcher') as unknown },
      MachineSalesDaily: {
        'Fn::Sub': expect.stringContaining('stateMachine:millrace-dev-sales-daily') as unknown,
      },
      DataBucket: { 'Fn::Sub': expect.stringContaining('millrace-dev-data-') as unknown },
    });
  });

  it('substitutes every token of the definition', () => {
    const [machine] = resources(churn, 'AWS::StepFunctions::StateMachine');
    const { DefinitionString, DefinitionSubstitutions, StateMachineName } = machine!.Properties;
    expect(StateMachineName).toBe('millrace-dev-churn');
    const tokens = [...String(DefinitionString).matchAll(/\$\{(\w+)\}/g)].map((match) => match[1]!);
    expect(new Set(tokens)).toEqual(
      new Set(['Begin', 'Finish', 'FnIngestCsv', 'FnTrainModel', 'FnEvaluate', 'FnNotify', 'FnCompare']),
    );
    for (const token of tokens) expect(DefinitionSubstitutions[token]).toBeDefined();
    expect(DefinitionSubstitutions).toMatchObject({ GitCommit: 'c0ffee', GitDirty: 'true' });
  });

  it('gives the DuckDB layer to the functions that need it, and to no others', () => {
    const withLayer = resources(churn, 'AWS::Lambda::Function').filter(
      (fn) => fn.Properties['Layers'] !== undefined,
    );
    expect(withLayer.map((fn) => fn.Properties['FunctionName'])).toEqual(['millrace-dev-churn-ingest-csv']);
    expect(churn.toJSON()['Rules'] ?? {}).not.toHaveProperty('NativeLayerIsComplete');
  });

  it.each(['missing', 'placeholder'] as const)('refuses to be deployed while the layer is %s', (layer) => {
    const { pipelines } = make({}, { layer });
    const { Rules } = Template.fromStack(pipelines.get('churn')!).toJSON() as {
      Rules: Record<string, unknown>;
    };
    expect(Rules['NativeLayerIsComplete']).toEqual({
      Assertions: [{ Assert: { 'Fn::Equals': ['deployable', 'no'] }, AssertDescription: 'No binaries.' }],
    });
  });

  it('has no layer when no function needs it', () => {
    const { pipelines } = make(
      {},
      { layer: 'missing', compiled: compiledPipeline('plain', [functionSpec({ key: 'a' })]) },
    );
    const plain = Template.fromStack(pipelines.get('plain')!);
    expect(resources(plain, 'AWS::Lambda::LayerVersion')).toEqual([]);
    expect(plain.toJSON()['Rules'] ?? {}).not.toHaveProperty('NativeLayerIsComplete');
  });
});

describe('stages', () => {
  it('keep data, tables and logs in prod, and log only errors there', () => {
    const prod = make({ stage: 'prod', architecture: 'x86_64' });
    const prodCore = Template.fromStack(prod.core);
    for (const type of ['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::Logs::LogGroup']) {
      expect(resources(prodCore, type).map((r) => r.DeletionPolicy)).toEqual(
        resources(prodCore, type).map(() => 'Retain'),
      );
      expect(resources(core, type).map((r) => r.DeletionPolicy)).toEqual(
        resources(core, type).map(() => 'Delete'),
      );
    }
    for (const table of resources(prodCore, 'AWS::DynamoDB::Table')) {
      expect(table.Properties['DeletionProtectionEnabled']).toBe(true);
    }
    expect(prod.core.terminationProtection).toBe(true);
    const logging = (stacks: BuiltStacks): unknown =>
      resources(Template.fromStack(stacks.pipelines.get('churn')!), 'AWS::StepFunctions::StateMachine')[0]!
        .Properties['LoggingConfiguration'];
    expect(logging(dev)).toMatchObject({ Level: 'ALL', IncludeExecutionData: true });
    expect(logging(prod)).toMatchObject({ Level: 'ERROR', IncludeExecutionData: false });
    const functions = resources(Template.fromStack(prod.pipelines.get('churn')!), 'AWS::Lambda::Function');
    expect(new Set(functions.map((fn) => fn.Properties['Architectures'][0]))).toEqual(new Set(['x86_64']));
  });

  it('put the permissions boundary on every role', () => {
    const arn = 'arn:aws:iam::123456789012:policy/Boundary';
    const { core: stack, pipelines } = make({ 'permissions-boundary': arn });
    for (const template of [stack, pipelines.get('churn')!].map((s) => Template.fromStack(s))) {
      for (const role of resources(template, 'AWS::IAM::Role')) {
        expect(role.Properties['PermissionsBoundary']).toBe(arn);
      }
    }
  });
});

describe("MLflow's API", () => {
  const core = (context: Readonly<Record<string, unknown>> = {}) => Template.fromStack(make(context).core);

  it('is there only when it is asked for', () => {
    const names = (template: Template) =>
      resources(template, 'AWS::ApiGatewayV2::Api').map((api) => api.Properties['Name'] as string);
    expect(names(core())).toEqual(['millrace-dev-serving']);
    expect(names(core({ 'mlflow-api': true, serving: 'false' }))).toEqual(['millrace-dev-mlflow-api']);
  });

  it('lets in only who signs with IAM, on its one route', () => {
    const template = core({ 'mlflow-api': 'true', serving: 'false', stage: 'prod' });
    expect(resources(template, 'AWS::ApiGatewayV2::Route').map((route) => route.Properties)).toMatchObject([
      { RouteKey: '$default', AuthorizationType: 'AWS_IAM' },
    ]);
    expect(resources(template, 'AWS::ApiGatewayV2::Integration')[0]?.Properties).toMatchObject({
      IntegrationType: 'AWS_PROXY',
      PayloadFormatVersion: '2.0',
    });
    const [stage] = resources(template, 'AWS::ApiGatewayV2::Stage');
    expect(stage?.Properties).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 },
    });
    expect(stage?.Properties['AccessLogSettings']).toBeDefined();
  });

  it('lets in who has a token of the issuer for one of the audiences, and who signs on a route of their own', () => {
    const template = core({
      'mlflow-api': true,
      serving: 'false',
      'mlflow-jwt-issuer': 'https://issuer.example',
      'mlflow-jwt-audience': 'a, b',
    });
    expect(resources(template, 'AWS::ApiGatewayV2::Authorizer').map((one) => one.Properties)).toMatchObject([
      {
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Issuer: 'https://issuer.example', Audience: ['a', 'b'] },
      },
    ]);
    expect(
      resources(template, 'AWS::ApiGatewayV2::Route').map((route) => [
        route.Properties['RouteKey'] as string,
        route.Properties['AuthorizationType'] as string,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['$default', 'JWT'],
        ['ANY /iam/{proxy+}', 'AWS_IAM'],
      ]),
    );
    const uri = resources(template, 'AWS::SSM::Parameter').find(
      (one) => one.Properties['Name'] === '/millrace-dev/mlflow-tracking-uri',
    );
    expect(JSON.stringify(uri?.Properties['Value'])).toMatch(/"\/iam"/);
  });

  it('tells its function of the file of permissions', () => {
    const environment = (context: Readonly<Record<string, unknown>>) =>
      resources(core({ 'mlflow-api': true, ...context }), 'AWS::Lambda::Function').find(
        (one) => one.Properties['FunctionName'] === 'millrace-dev-mlflow-api',
      )?.Properties['Environment'].Variables as Record<string, string>;
    expect(environment({ 'mlflow-permissions': 'p.json' })).toMatchObject({
      MILLRACE_MLFLOW_PERMISSIONS: 'permissions.json',
    });
    expect(environment({})).not.toHaveProperty('MILLRACE_MLFLOW_PERMISSIONS');
  });

  it('may write the tracking table and the artifacts, and nothing else', () => {
    const template = core({ 'mlflow-api': true });
    const role = resources(template, 'AWS::IAM::Role').find((one) =>
      String(one.Properties['Description']).includes('mlflow-api'),
    );
    const statements = role?.Properties['Policies'][0].PolicyDocument.Statement as RolePolicyStatement[];
    const deletes = statements.filter((statement) => [statement.Action].flat().includes('s3:DeleteObject'));
    expect(deletes.map((statement) => text(statement.Resource))).toEqual([
      `${namesOf('dev').dataBucketArn}/artifacts/*`,
    ]);
    expect(JSON.stringify(statements)).not.toContain('orchestration');
  });
});

describe('the builder of images', () => {
  const core = (context: Readonly<Record<string, unknown>> = {}) => Template.fromStack(make(context).core);

  it('is there on request, pushes to its own repository, and never has a password on a command line', () => {
    expect(resources(core(), 'AWS::CodeBuild::Project')).toEqual([]);
    const template = core({ 'image-builds': 'harbor' });
    const [project] = resources(template, 'AWS::CodeBuild::Project');
    expect(project?.Properties).toMatchObject({
      Name: 'millrace-dev-images',
      Environment: { PrivilegedMode: true, Type: 'LINUX_CONTAINER' },
      LogsConfig: { CloudWatchLogs: { Status: 'ENABLED' } },
    });
    const spec = project?.Properties['Source'].BuildSpec as string;
    expect(spec).toContain('--password-stdin');
    expect(spec).not.toMatch(/--password[ =]/);
    const role = resources(template, 'AWS::IAM::Role').find((one) =>
      String(one.Properties['Description']).includes('builds images'),
    );
    const statements = role?.Properties['Policies'][0].PolicyDocument.Statement as RolePolicyStatement[];
    const push = statements.find((statement) => [statement.Action].flat().includes('ecr:PutImage'));
    expect(text(push?.Resource)).toContain('repository/millrace-dev/models');
    const login = statements.find((statement) => [statement.Action].flat().includes('ssm:GetParameters'));
    expect(text(login?.Resource)).toContain('connections/harbor');
    expect(resources(template, 'AWS::ECR::Repository')[0]?.Properties).toMatchObject({
      RepositoryName: 'millrace-dev/models',
      ImageScanningConfiguration: { ScanOnPush: true },
    });
    expect(() => core({ 'image-builds': 'a b' })).toThrow(/image-builds/);
  });
});

describe('the serving API', () => {
  const core = (context: Readonly<Record<string, unknown>> = {}) => Template.fromStack(make(context).core);
  const deploys = {
    ...MODEL,
    tasks: [
      {
        kind: 'task',
        contract: 'deploy-model',
        input: { kind: 'object', fields: { endpoint: { kind: 'literal', value: 'churn' } } },
      },
    ],
  };

  it('lets in only who signs with IAM, and calls a version of the function through its alias', () => {
    const template = core({ stage: 'prod' });
    expect(resources(template, 'AWS::ApiGatewayV2::Route').map((route) => route.Properties)).toMatchObject([
      { RouteKey: '$default', AuthorizationType: 'AWS_IAM' },
    ]);
    const [alias] = resources(template, 'AWS::Lambda::Alias');
    expect(alias?.Properties).toMatchObject({ Name: 'live' });
    expect(JSON.stringify(alias?.Properties['FunctionVersion'])).toContain('Version');
  });

  it('reads models and endpoints and writes its log, and nothing else', () => {
    const roles = resources(core(), 'AWS::IAM::Role');
    const of = (name: string) =>
      roles.find((one) => String(one.Properties['Description']).endsWith(`: ${name}`))?.Properties[
        'Policies'
      ][0].PolicyDocument.Statement as RolePolicyStatement[];
    const actions = of('serve-model').flatMap((statement) => [statement.Action].flat());
    expect(actions.filter((action) => /Put|Update|Delete/.test(action)).sort()).toEqual([
      'logs:PutLogEvents',
      's3:PutObject',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
    for (const name of ['serve-model', 'endpoint-events']) {
      const records = of(name).filter((statement) => text(statement.Resource).includes('orchestration'));
      expect(records).toHaveLength(1);
      expect(records[0]?.Condition).toEqual({
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['ENDPOINT#*', 'ENDPOINTS'] },
      });
    }
  });

  it('watches the new version of each endpoint that pipelines deploy to, and rolls back by events', () => {
    const template = Template.fromStack(make({}, { model: deploys }).core);
    const alarms = resources(template, 'AWS::CloudWatch::Alarm').map(
      (alarm) => alarm.Properties['AlarmName'] as string,
    );
    expect(alarms.filter((name) => name.includes('-endpoint-')).sort()).toEqual([
      'millrace-dev-endpoint-churn-candidate-crashes',
      'millrace-dev-endpoint-churn-candidate-errors',
      'millrace-dev-endpoint-churn-candidate-latency',
    ]);
    const patterns = resources(template, 'AWS::Events::Rule').map((rule) => rule.Properties['EventPattern']);
    expect(patterns).toContainEqual({ 'detail-type': ['Roll Back Endpoint'] });
    expect(patterns).toContainEqual({
      source: ['aws.cloudwatch'],
      'detail-type': ['CloudWatch Alarm State Change'],
      detail: { alarmName: [{ prefix: 'millrace-dev-endpoint-' }], state: { value: ['ALARM'] } },
    });
  });

  it('is left out on request', () => {
    expect(resources(core({ serving: 'false' }), 'AWS::ApiGatewayV2::Api')).toEqual([]);
  });

  it('has a key and a usage plan for each client that is named, and nobody writes a key down', () => {
    expect(resources(core(), 'AWS::ApiGateway::RestApi')).toEqual([]);
    const template = core({ 'api-keys': 'shop:20:100000,crm' });
    const methods = resources(template, 'AWS::ApiGateway::Method').map((method) => method.Properties);
    expect(methods).toMatchObject([{ HttpMethod: 'ANY', ApiKeyRequired: true }]);
    expect(JSON.stringify(methods[0]?.['Integration'])).toContain('Live');
    template.hasResourceProperties('AWS::ApiGateway::Stage', { TracingEnabled: true });
    expect(resources(template, 'AWS::ApiGateway::UsagePlan').map((plan) => plan.Properties)).toMatchObject([
      {
        UsagePlanName: 'millrace-dev-shop',
        Throttle: { RateLimit: 20, BurstLimit: 40 },
        Quota: { Limit: 100_000, Period: 'DAY' },
      },
      { UsagePlanName: 'millrace-dev-crm', Throttle: { RateLimit: 50 } },
    ]);
    const keys = resources(template, 'AWS::ApiGateway::ApiKey').map((key) => key.Properties);
    expect(keys.map((key) => key['Name'] as string)).toEqual(['millrace-dev-shop', 'millrace-dev-crm']);
    for (const key of keys) expect(key).not.toHaveProperty('Value');
    expect(resources(template, 'AWS::ApiGateway::UsagePlanKey')).toHaveLength(2);
  });

  it('has one function that may touch targets elsewhere, those that are named and no others', () => {
    const of = (context: Readonly<Record<string, unknown>>) => {
      const found = resources(core(context), 'AWS::IAM::Role').find((one) =>
        String(one.Properties['Description']).endsWith(': sync-endpoints'),
      );
      const statements = (found?.Properties['Policies'][0].PolicyDocument.Statement ??
        []) as RolePolicyStatement[];
      return statements.flatMap((statement) => [statement.Action].flat());
    };
    expect(of({})).toEqual([]);
    const services = (actions: readonly string[]) =>
      [...new Set(actions.map((action) => action.split(':')[0]))].sort();
    const common = ['dynamodb', 'events', 'logs', 'xray'];
    expect(services(of({ 'serving-targets': 'sagemaker' }))).toEqual([...common, 'iam', 'sagemaker'].sort());
    expect(services(of({ 'serving-targets': 'ecs' }))).toEqual(
      [...common, 'ecs', 'elasticloadbalancing', 'iam'].sort(),
    );
    const cluster = core({ 'serving-targets': 'eks:analytics,kubernetes:on-premises' });
    expect(JSON.stringify(cluster.toJSON())).toContain('cluster/analytics');
    expect(JSON.stringify(cluster.toJSON())).toContain('connections/on-premises');
    const rules = resources(core({ 'serving-targets': 'ecs' }), 'AWS::Events::Rule');
    expect(rules.map((rule) => rule.Properties['EventPattern'] as unknown)).toContainEqual({
      'detail-type': ['Endpoint Changed'],
    });
    expect(() => core({ 'serving-targets': 'heroku' })).toThrow(/'heroku', which is no target/);
  });

  it.each(['shop:0', 'Shop', 'shop,shop', 'shop:1:2:3'])('refuses %s as clients with keys', (value) => {
    expect(() => core({ 'api-keys': value })).toThrow(/api-keys/);
  });
});

describe('cdk-nag AwsSolutions', () => {
  it.each(['dev', 'staging', 'prod'])('finds nothing in stage %s', (stage) => {
    expect(
      violations(
        make({
          stage,
          'mlflow-api': true,
          'api-keys': 'shop',
          'image-builds': 'harbor',
          'serving-targets': 'python,sagemaker,ecs,eks:analytics,kubernetes:on-premises',
        }).app,
      ),
    ).toEqual([]);
  });

  it("finds nothing where tokens let people into MLflow's API", () => {
    const jwt = { 'mlflow-jwt-issuer': 'https://issuer.example', 'mlflow-jwt-audience': 'a' };
    expect(violations(make({ 'mlflow-api': true, ...jwt }).app)).toEqual([]);
  });

  it('finds a seeded violation, and the synthesis stops', () => {
    const { app, core: stack } = make();
    new CfnBucket(stack, 'Seeded');
    expect(violations(app)).toContain('AwsSolutions-S10');
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(() => app.synth()).toThrow();
  });

  it('is acknowledged on single constructs, each with a reason', () => {
    const { app } = make({ stage: 'prod' });
    const acknowledged = app.node
      .findAll()
      .flatMap((construct) =>
        construct.node.metadata
          .filter((entry) => entry.type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
          .map((entry) => ({ construct, rules: entry.data as Record<string, string> })),
      );
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const { construct, rules } of acknowledged) {
      expect(construct.node.path.split('/').length).toBeGreaterThan(2);
      for (const reason of Object.values(rules)) expect(reason.length).toBeGreaterThan(40);
    }
  });

  it('has no say on wildcards without a reason: they are refused at once', () => {
    const { core: stack } = make();
    const role = (actions: string[], resource: string) => () =>
      new LeastPrivilegeRole(stack, `Role${actions.join()}${resource.length}`, {
        assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
        description: '',
        statements: [{ actions, resources: [resource] }],
      });
    expect(role(['s3:Get*'], namesOf('dev').dataBucketArn)).toThrow('s3:Get* is a wildcard');
    expect(role(['s3:GetObject'], '*')).toThrow('* is a wildcard without a written reason');
  });
});

describe('quotas of CloudFormation', () => {
  it('are checked before a stack with too many resources is written', () => {
    const functions = Array.from({ length: 260 }, (_, i) =>
      functionSpec({ key: `task-${i}`, handler: 'lambdas/one' }),
    );
    const { failures, pipelines } = make({}, { compiled: compiledPipeline('wide', functions) });
    const count = pipelines
      .get('wide')!
      .node.findAll()
      .filter((node) => CfnResource.isCfnResource(node)).length;
    expect(failures).toMatchObject([{ file: 'pipelines/churn.ts', code: 'CLOUD_RESOURCES' }]);
    expect(failures[0]!.message).toContain(
      `millrace-dev-wide has ${count} resources; CloudFormation takes 500`,
    );
    expect(checkResourceCount(dev.core, 'x')).toEqual([]);
  });

  it('are checked for the size of a template', () => {
    expect(checkTemplateSize('s', 1_000_000, 'x')).toEqual([]);
    expect(checkTemplateSize('s', 1_000_001, 'x')).toMatchObject([{ code: 'CLOUD_TEMPLATE_SIZE' }]);
  });
});
