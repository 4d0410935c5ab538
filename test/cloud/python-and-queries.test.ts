/** What is deployed for tasks in Python and for queries: functions, roles, what the machine is told. One synthesis, with cdk-nag. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesise, type SynthesisResult } from '../../lib/cloud/synthesise';
import { temporaryProject, type TemporaryProject } from '../support/temporary-project';

const PIPELINE = `import { alarmTopic, athenaQuery, auroraQuery, contract, pipeline, pool, redshiftQuery, task, z } from '../lib';

const words = task(
  contract({
    name: 'count-words',
    summary: 'Counts.',
    runtime: 'python',
    input: z.object({ text: z.string() }),
    output: z.object({ total: z.int() }),
    memoryMb: 256,
    access: [
      { store: 'objects', mode: 'read', prefix: 'raw/' },
      { store: 'tracking', mode: 'write' },
    ],
  }),
);
const ARN = 'arn:aws:rds:eu-central-1:111111111111:cluster:shop';
const SECRET = 'arn:aws:secretsmanager:eu-central-1:111111111111:secret:shop-AbCdEf';
const LOCAL = { tables: { orders: 'data/orders.csv' } };

export default pipeline({ id: 'mixed', description: 'Python and queries.' }, () => {
  words('words', { text: 'a' }, { environment: { WORDS: 'yes' }, tracking: 'best-effort' });
  words('fargate', { text: 'a' }, { runsOn: 'fargate', environment: { WORDS: 'no' } });
  words('pod', { text: 'a' }, { runsOn: 'kubernetes' });
  athenaQuery('athena', {
    sql: 'SELECT 1 FROM orders', database: 'shop', tables: ['orders'], workgroup: 'analysts',
    reads: ['raw/orders/', 's3://lake/orders/'], local: LOCAL,
  }, { cache: { for: 3600 }, outlets: ['orders'], onFailure: [alarmTopic], pool: pool('athena', 2) });
  redshiftQuery('redshift', { sql: 'SELECT 1', cluster: 'dwh', dbUser: 'etl', database: 'dev' });
  auroraQuery('aurora', { sql: 'SELECT 1', clusterArn: ARN, secretArn: SECRET, database: 'shop' });
});
`;

interface Resource {
  readonly Type: string;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  // Templates are free-form; a wrong path fails the expectation that reads it.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly Properties: Record<string, any>;
}
interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
}

let project: TemporaryProject;
let outdir: string;
let result: SynthesisResult;
const resources = (stack: string): Resource[] =>
  Object.values(
    (
      JSON.parse(readFileSync(join(outdir, `millrace-dev-${stack}.template.json`), 'utf8')) as {
        Resources: Record<string, Resource>;
      }
    ).Resources,
  );
const statements = (role: Resource | undefined): [string[], string[]][] =>
  ((role?.Properties['Policies'] ?? []) as { PolicyDocument: { Statement: Statement[] } }[])
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .map(({ Action, Resource: where }) => [
      [Action].flat(),
      [where].flat().map((one) => (typeof one === 'string' ? one : JSON.stringify(one))),
    ]);

const commit = process.env['GIT_COMMIT'];

beforeAll(async () => {
  process.env['GIT_COMMIT'] = 'c'.repeat(40);
  project = temporaryProject({
    'pipelines/mixed.ts': PIPELINE,
    'lambdas/count-words/handler.py': 'def run(input, context):\n    return {"total": 1}\n',
  });
  outdir = mkdtempSync(join(tmpdir(), 'millrace-out-'));
  // cdk-nag's findings and CloudFormation's rules stop it.
  result = await synthesise({ outdir, projectRoot: project.root, validate: true });
}, 120_000);
afterAll(() => {
  if (commit === undefined) delete process.env['GIT_COMMIT'];
  else process.env['GIT_COMMIT'] = commit;
  project.remove();
  rmSync(outdir, { recursive: true, force: true });
});

it('is synthesised without failures and without a Python here', () => {
  expect(result.summary.failures).toEqual([]);
  expect(result.summary.pipelines[0]?.functions).toMatchObject([{ key: 'count-words', runtime: 'python' }]);
});

it('a function in Python has its runtime, its contract, and where MLflow is', () => {
  const fn = resources('mixed').find(({ Type }) => Type === 'AWS::Lambda::Function');
  expect(fn?.Properties).toMatchObject({
    Runtime: 'python3.13',
    Handler: 'millrace/entry.handler',
    MemorySize: 256,
    Environment: {
      Variables: {
        WORDS: 'yes',
        MILLRACE_CONTRACT: 'count-words',
        MILLRACE_TRACKING: 'best-effort',
        MLFLOW_TRACKING_URI: '{{resolve:ssm:/millrace-dev/mlflow-tracking-uri}}',
        MLFLOW_TRACKING_AWS_SIGV4: 'true',
        MILLRACE_CODE_HASH: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      },
    },
  });
  expect(fn?.Properties['Environment'].Variables).not.toHaveProperty('NODE_OPTIONS');
  const core = resources('core');
  expect(
    core.filter(({ Type }) => Type === 'AWS::SSM::Parameter').map((one) => one.Properties['Name']),
  ).toEqual(expect.arrayContaining(['/millrace-dev/mlflow-tracking-uri', '/millrace-dev/mlflow-api-id']));
});

it('its role may call that one API besides what its contract declares', () => {
  const roles = resources('mixed').filter(({ Type }) => Type === 'AWS::IAM::Role');
  const role = roles.find((one) => String(one.Properties['Description']).includes('count-words'));
  expect(statements(role).filter(([actions]) => actions.includes('execute-api:Invoke'))).toEqual([
    [
      ['execute-api:Invoke'],
      [expect.stringContaining(':execute-api:${AWS::Region}:${AWS::AccountId}:${MlflowApiId}/*')],
    ],
  ]);
});

it('its role does not reach the tracking table, which the API keeps', () => {
  const roles = resources('mixed').filter(({ Type }) => Type === 'AWS::IAM::Role');
  const role = roles.find((one) => String(one.Properties['Description']).includes('count-words'));
  const tables = statements(role).flatMap(([actions, where]) =>
    actions.some((action) => action.startsWith('dynamodb:')) ? where : [],
  );
  expect(tables.join()).toContain('table/millrace-dev-orchestration');
  expect(tables.join()).not.toContain('table/millrace-dev-tracking');
});

it('the machine may ask what the queries name, and nothing beyond', () => {
  const roles = resources('mixed').filter(({ Type }) => Type === 'AWS::IAM::Role');
  const machine = roles.find((one) => String(one.Properties['Description']).includes('state machine'));
  const of = (action: string) =>
    statements(machine)
      .filter(([actions]) => actions.includes(action))
      .flatMap(([, where]) =>
        where.map((one) =>
          one
            .replace(/^\{"Fn::Sub":"|"\}$/g, '')
            .replace(/^.*?:(?=athena|glue|s3|redshift|rds|secretsmanager|dynamodb)/, ''),
        ),
      )
      .sort();
  const here = '${AWS::Region}:${AWS::AccountId}';
  expect(of('athena:StartQueryExecution')).toEqual([
    `athena:${here}:datacatalog/AwsDataCatalog`,
    `athena:${here}:workgroup/analysts`,
  ]);
  expect(of('glue:GetTable')).toEqual([
    `glue:${here}:catalog`,
    `glue:${here}:database/shop`,
    `glue:${here}:table/shop/orders`,
  ]);
  const data = 's3:::millrace-dev-data-${AWS::AccountId}-${AWS::Region}';
  expect(of('s3:GetObject')).toEqual([
    's3:::lake/orders/*',
    `${data}/athena/mixed/*`,
    `${data}/raw/orders/*`,
  ]);
  expect(of('s3:PutObject')).toEqual([`${data}/athena/mixed/*`]);
  expect(of('s3:ListBucket')).toEqual(['s3:::lake', data]);
  expect(of('redshift-data:ExecuteStatement')).toEqual([`redshift:${here}:cluster:dwh`]);
  expect(of('redshift:GetClusterCredentials')).toEqual([
    `redshift:${here}:dbname:dwh/*`,
    `redshift:${here}:dbuser:dwh/etl`,
  ]);
  expect(of('rds-data:ExecuteStatement')).toEqual(['rds:eu-central-1:111111111111:cluster:shop']);
  expect(of('secretsmanager:GetSecretValue')).toEqual([
    'secretsmanager:eu-central-1:111111111111:secret:shop-AbCdEf',
  ]);
  const table = `dynamodb:${here}:table/millrace-dev-orchestration`;
  expect(of('dynamodb:UpdateItem')).toEqual([table]);
  // Results for other runs, and events of tasks that no function runs.
  expect(of('dynamodb:PutItem')).toEqual([table]);
  expect(of('events:PutEvents')).toEqual([expect.stringContaining('event-bus/millrace-dev')]);
});

it('the local cloud is told beside the machine which tables stand in', () => {
  const machine = resources('mixed').find(({ Type }) => Type === 'AWS::StepFunctions::StateMachine');
  expect(Object.values(machine?.Metadata?.['millrace:queries'] ?? {})).toEqual([
    { tables: { orders: 'data/orders.csv' } },
  ]);
  expect(machine?.Properties['DefinitionSubstitutions']).toMatchObject({
    OrchestrationTable: 'millrace-dev-orchestration',
  });
});

describe('handlers in Python in containers', () => {
  const all = () => resources('mixed');
  const propertiesOf = (type: string): Resource['Properties'] => {
    const found = all().find(({ Type }) => Type === type);
    if (found === undefined) throw new Error(`There is no ${type}.`);
    return found.Properties;
  };
  const container = () =>
    (propertiesOf('AWS::ECS::TaskDefinition') as { ContainerDefinitions: [Container] })
      .ContainerDefinitions[0];
  interface Container {
    readonly Image: string;
    readonly EntryPoint: readonly string[];
    readonly Command: readonly string[];
  }
  /** As CloudFormation replaces tokens in the text of a definition: as they are. */
  const machine = (): States => {
    const { DefinitionString: text, DefinitionSubstitutions: tokens } = propertiesOf(
      'AWS::StepFunctions::StateMachine',
    ) as { DefinitionString: string; DefinitionSubstitutions: Record<string, unknown> };
    const whole = text.replace(/\$\{(\w+)\}/g, (token, name: string) =>
      typeof tokens[name] === 'string' ? tokens[name] : token,
    );
    return (JSON.parse(whole) as { States: States }).States;
  };
  interface State {
    // oxlint-disable-next-line typescript/no-explicit-any
    readonly Arguments: Record<string, any>;
    readonly Branches?: readonly { readonly States: States }[];
  }
  type States = Readonly<Record<string, State>>;
  const within = (states: States, name: string): State | undefined =>
    states[name] ??
    Object.values(states)
      .flatMap(({ Branches = [] }) => Branches)
      .map(({ States: inner }) => within(inner, name))
      .find((found) => found !== undefined);
  const state = (name: string) => within(machine(), name);

  it('run in the image of the Python that functions have, from a text of Python alone', () => {
    expect(container()).toMatchObject({
      Image: 'public.ecr.aws/docker/library/python:3.13-slim',
      EntryPoint: ['python'],
    });
    const [unbuffered, command, text = ''] = container().Command;
    expect([unbuffered, command]).toEqual(['-u', '-c']);
    // Task definitions have at most 64 KB, job definitions of Batch less.
    expect(text.length).toBeLessThan(10_000);
    expect(text).toContain('sys.exit(main())');
    expect(text).not.toMatch(/^from millrace\.aws/m);
  });

  it('are handed to Kubernetes in words that a definition can hold', () => {
    const job = state('run pod')?.Arguments['Job'] as { spec: { template: { spec: { containers: [{ image: string; command: string[] }] } } } }; // prettier-ignore
    const [{ image, command }] = job.spec.template.spec.containers;
    expect([image, ...command.slice(0, 3)]).toEqual([
      'public.ecr.aws/docker/library/python:3.13-slim',
      'python',
      '-u',
      '-c',
    ]);
    const encoded = /^import base64;exec\(base64\.b64decode\('([A-Za-z0-9+/=]+)'\)\)$/.exec(
      command[3] ?? '',
    )?.[1];
    expect(Buffer.from(encoded ?? '', 'base64').toString()).toBe(container().Command[2]);
  });

  it('have the contract and the tracking store of a function, and the archive of their folder', () => {
    expect(state('prepare fargate')?.Arguments['Payload']).toMatchObject({
      handler: {
        environment: {
          WORDS: 'no',
          MILLRACE_CONTRACT: 'count-words',
          MILLRACE_TRACKING: 'required',
          MLFLOW_TRACKING_URI: '{{resolve:ssm:/millrace-dev/mlflow-tracking-uri}}',
        },
      },
    });
    const metadata = all().find(({ Type }) => Type === 'AWS::StepFunctions::StateMachine')?.Metadata;
    expect(metadata?.['millrace:containers']).toEqual({
      fargate: { bundle: expect.stringMatching(/^[0-9a-f]{64}\.zip$/) as unknown, python: true },
      pod: { bundle: expect.stringMatching(/\.zip$/) as unknown, python: true },
    });
  });

  it('may call the tracking API, and do not reach its table', () => {
    const role = all().find(
      ({ Type, Properties }) =>
        Type === 'AWS::IAM::Role' && String(Properties['Description']).includes('container of fargate'),
    );
    const allowed = statements(role);
    expect(allowed.flatMap(([actions]) => actions)).toContain('execute-api:Invoke');
    expect(allowed.flatMap(([, where]) => where).join()).not.toContain('table/millrace-dev-tracking');
  });
});
