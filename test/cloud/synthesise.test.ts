/** From project folders to assemblies: a small project made here, and the repository itself. */
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PackPackage } from '../../lib/cloud/npm-pack';
import { synthesise, type SynthesiseOptions, type SynthesisResult } from '../../lib/cloud/synthesise';
import { machineFaults } from './support/validate-machine';

const REPOSITORY = join(__dirname, '..', '..');
const offline: PackPackage = () => Promise.reject(new Error('getaddrinfo ENOTFOUND'));
const HANDLER = 'export const handler = async (): Promise<string> => "done";\n';
let scratch: string;
let count = 0;

/** The public API, as the projects made here import it. */
const API = JSON.stringify(join(REPOSITORY, 'lib', 'index.ts').replaceAll('\\', '/'));

function pipelineFile(id: string): string {
  return `import { contract, pipeline, task, z } from ${API};
const hello = task(contract({
  name: 'hello', summary: 'Greets.', input: z.object({ name: z.string() }), output: z.object({ text: z.string() }),
  access: [{ store: 'objects', mode: 'write', prefix: 'datasets/{pipeline}/' }],
}));
export default pipeline(
  { id: '${id}', description: 'Greets.', params: z.object({ name: z.string().default('you') }) },
  ({ params }) => { hello('greet', { name: params.name }); },
);
`;
}

/** A project with the core handlers, a handler `hello` and the pipeline `greetings`. */
function project(files: Readonly<Record<string, string>> = {}): string {
  const root = join(scratch, `project-${count++}`);
  const all: Record<string, string> = {
    'cdk.json': readFileSync(join(REPOSITORY, 'cdk.json'), 'utf8'),
    'pipelines/greetings.ts': pipelineFile('greetings'),
    ...Object.fromEntries(
      ['begin', 'finish', 'launcher', 'run-ended', 'notifier', 'hello'].map((name) => [
        `lambdas/${name}/handler.ts`,
        HANDLER,
      ]),
    ),
    ...files,
  };
  for (const [name, source] of Object.entries(all)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), source);
  }
  return root;
}

function run(root: string, options: Partial<SynthesiseOptions> = {}): Promise<SynthesisResult> {
  return synthesise({
    projectRoot: root,
    outdir: join(scratch, `out-${count++}`),
    validate: false,
    pack: offline,
    ...options,
  });
}

/** What is deployed. The CDK's `*.metadata.json` beside it says where in the code things were acknowledged. */
function filesOf(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.metadata)\.(json|js|map|txt)$/.test(name),
  );
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
}

interface TemplateJson {
  readonly Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
  readonly Rules?: Record<string, unknown>;
}

const template = (outdir: string, stack: string): TemplateJson =>
  JSON.parse(readFileSync(join(outdir, `${stack}.template.json`), 'utf8')) as TemplateJson;

/** What `cdk deploy` reads: the messages of a stack by level. */
function messages(outdir: string, stack: string, level: 'error' | 'warning'): string[] {
  const manifest = JSON.parse(readFileSync(join(outdir, 'manifest.json'), 'utf8')) as {
    artifacts: Record<
      string,
      { metadata?: Record<string, { type: string; data: string }[]>; additionalMetadataFile?: string }
    >;
  };
  const artifact = manifest.artifacts[stack];
  const metadata =
    artifact?.additionalMetadataFile === undefined
      ? artifact?.metadata
      : (JSON.parse(
          readFileSync(join(outdir, artifact.additionalMetadataFile), 'utf8'),
        ) as typeof artifact.metadata);
  return Object.values(metadata ?? {})
    .flat()
    .filter((entry) => entry.type === `aws:cdk:${level}`)
    .map((entry) => entry.data);
}

beforeAll(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-synthesise-')));
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe('synthesising a project', () => {
  it('writes templates, assets and millrace.json', async () => {
    const { outdir, summary } = await run(project());
    expect(readdirSync(outdir)).toEqual(
      expect.arrayContaining([
        'manifest.json',
        'millrace.json',
        'millrace-dev-core.template.json',
        'millrace-dev-greetings.template.json',
      ]),
    );
    expect(JSON.parse(readFileSync(join(outdir, 'millrace.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(summary)),
    );
    expect(summary).toMatchObject({
      stage: 'dev',
      architecture: 'arm64',
      failures: [],
      pipelines: [
        {
          id: 'greetings',
          file: 'pipelines/greetings.ts',
          stack: 'millrace-dev-greetings',
          machine: 'millrace-dev-greetings',
          schedule: { kind: 'none' },
          tasks: [{ id: 'greet', contract: 'hello', functionKey: 'hello', needs: [] }],
          functions: [
            {
              key: 'hello',
              name: 'millrace-dev-greetings-hello',
              logGroup: '/millrace/dev/greetings/hello',
              handler: 'lambdas/hello',
              tasks: ['greet'],
            },
          ],
          paramsSchema: { properties: { name: { type: 'string', default: 'you' } } },
        },
      ],
    });
  });

  it('gives the same bytes twice, and from another folder', async () => {
    const root = project();
    const [first, second] = [await run(root), await run(root)];
    expect(filesOf(second.outdir)).toEqual(filesOf(first.outdir));
    const moved = join(scratch, 'moved', 'elsewhere');
    cpSync(root, moved, { recursive: true });
    const third = await run(moved);
    expect(template(third.outdir, 'millrace-dev-greetings')).toEqual(
      template(first.outdir, 'millrace-dev-greetings'),
    );
    expect(template(third.outdir, 'millrace-dev-core')).toEqual(template(first.outdir, 'millrace-dev-core'));
  });

  it('leaves nothing behind in the folder for temporary files', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('millrace-synth-'));
    await run(project());
    const after = readdirSync(tmpdir()).filter((name) => name.startsWith('millrace-synth-'));
    expect(after.filter((name) => !before.includes(name))).toEqual([]);
  });

  it('refuses a wrong stage before an assembly is written', async () => {
    const outdir = join(scratch, 'never');
    await expect(run(project(), { outdir, stage: 'production' })).rejects.toMatchObject({
      code: 'CLOUD_STAGE',
    });
    expect(existsSync(join(outdir, 'manifest.json'))).toBe(false);
  });

  it('warns when the commit is unknown', async () => {
    const ci = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => /SHA|COMMIT|SOURCEVERSION|SOURCE_VERSION/.test(name)),
    );
    for (const name of Object.keys(ci)) delete process.env[name];
    try {
      const { summary, warnings } = await run(project());
      expect(summary.code).toEqual({ commit: 'unknown', dirty: false });
      expect(warnings).toEqual([expect.stringContaining('The commit is unknown')]);
    } finally {
      Object.assign(process.env, ci);
    }
  });
});

describe('a project with a faulty pipeline file', () => {
  const FAULTY = { 'pipelines/broken.ts': "export const a = 1;\nthrow new Error('not today');\n" };

  it('refuses deployment of every stack, and names file, line and remedy', async () => {
    const refused: unknown = await run(project(FAULTY)).catch((error: unknown) => error);
    const text = String(refused);
    expect(text).toContain('pipelines/broken.ts:2: [');
    expect(text).toContain('not today');
    expect(text).toMatch(
      /Nothing is deployed while these files are faulty: pipelines\/broken\.ts\..*allow-broken=true/,
    );
    expect(text).toMatch(/Nothing is deployed[^\n]*\n\s+millrace-dev-greetings/);
  });

  it('can be deployed without it by allow-broken, with a warning', async () => {
    const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const { outdir, summary } = await run(project(FAULTY), {
      context: { 'allow-broken': 'true' },
      validate: true,
    });
    printed.mockRestore();
    expect(summary.pipelines.map((pipeline) => pipeline.id)).toEqual(['greetings']);
    expect(summary.failures).toMatchObject([{ file: 'pipelines/broken.ts', line: 2 }]);
    for (const stack of ['millrace-dev-core', 'millrace-dev-greetings']) {
      expect(messages(outdir, stack, 'error')).toEqual([]);
    }
    expect(messages(outdir, 'millrace-dev-core', 'warning').join('\n')).toContain('pipelines/broken.ts:2: [');
  });

  it('reports an id that the shared resources have taken', async () => {
    const root = project();
    writeFileSync(join(root, 'pipelines', 'core.ts'), pipelineFile('core'));
    const { summary } = await run(root, { context: { 'allow-broken': true } });
    expect(summary.failures).toMatchObject([{ file: 'pipelines/core.ts', code: 'PIPELINE_RESERVED_ID' }]);
    expect(summary.pipelines.map((pipeline) => pipeline.id)).toEqual(['greetings']);
  });

  it('keeps a pipeline whose handler does not compile, with a function that says so and a template that cannot be deployed', async () => {
    const { outdir, summary } = await run(
      project({ 'lambdas/hello/handler.ts': 'export const handler = (;\n' }),
      {
        context: { 'allow-broken': true },
      },
    );
    expect(summary.failures).toMatchObject([
      { file: 'lambdas/hello/handler.ts', line: 1, code: 'HANDLER_BROKEN' },
    ]);
    expect(template(outdir, 'millrace-dev-greetings').Rules).toHaveProperty('HandlersAreBuilt');
    expect(template(outdir, 'millrace-dev-core').Rules ?? {}).not.toHaveProperty('HandlersAreBuilt');
    const stub = Object.entries(filesOf(outdir)).find(([, code]) =>
      code.includes('Millrace.HandlerNotBuilt'),
    )!;
    const { handler } = require(join(outdir, stub[0])) as { handler: () => Promise<unknown> };
    await expect(handler()).rejects.toMatchObject({
      name: 'Millrace.HandlerNotBuilt',
      message: expect.stringContaining('lambdas/hello/handler.ts:1: [HANDLER_BROKEN]') as string,
    });
  });
});

describe('the repository', () => {
  let result: SynthesisResult;

  beforeAll(async () => {
    // With all validations: cdk-nag's findings and CloudFormation's rules stop a synthesis.
    result = await run(REPOSITORY, { validate: true, context: { architecture: 'x86_64' } });
  });

  it('synthesises without a failure', () => {
    expect(result.summary.failures).toEqual([]);
    expect(result.summary.pipelines.map((pipeline) => pipeline.id)).toContain('credit-risk');
  });

  it('has machines that asl-validator accepts', () => {
    for (const { stack } of result.summary.pipelines) {
      const machine = Object.values(template(result.outdir, stack).Resources).find(
        ({ Type }) => Type === 'AWS::StepFunctions::StateMachine',
      );
      const { DefinitionString, DefinitionSubstitutions } = machine!.Properties as {
        DefinitionString: string;
        DefinitionSubstitutions: Record<string, unknown>;
      };
      const definition = DefinitionString.replace(/\$\{(\w+)\}/g, (token, name: string) => {
        expect(DefinitionSubstitutions).toHaveProperty(name);
        return `arn:aws:lambda:eu-west-1:123456789012:function:${token.slice(2, -1)}`;
      });
      expect(machineFaults(JSON.parse(definition))).toBe('');
    }
  });

  it('has bundles that keep within the limit for handlers without DuckDB', () => {
    for (const { functions, stack } of result.summary.pipelines) {
      for (const { handler, codeHash, name } of functions) {
        const resource = Object.values(template(result.outdir, stack).Resources).find(
          ({ Properties }) => Properties['FunctionName'] === name,
        );
        const key = (resource!.Properties['Code'] as { S3Key: string }).S3Key;
        const code = readFileSync(join(result.outdir, `asset.${key.replace('.zip', '')}`, 'index.js'));
        // DuckDB's binary, which the others do without, is far larger than any bundle.
        if (resource!.Properties['Layers'] === undefined)
          expect({ handler, small: code.byteLength < 1_600_000 }).toEqual({ handler, small: true });
        expect(JSON.stringify(resource)).toContain(codeHash);
      }
    }
  });

  it('has templates without secrets and without paths of this machine', () => {
    const text = Object.entries(filesOf(result.outdir))
      .filter(([name]) => /template\.json$|^millrace\.json$/.test(name))
      .map(([, content]) => content)
      .join('\n');
    expect(text).not.toContain(REPOSITORY);
    expect(text).not.toMatch(
      /AKIA[0-9A-Z]{16}|-----BEGIN|aws_secret_access_key|xox[abp]-|hooks\.slack\.com\/services/i,
    );
    expect(text).not.toMatch(/"(password|secret|token)[^"]*"\s*:\s*"[^"$]/i);
  });

  it('synthesises through the CDK command line without network, credentials and AWS variables, to the same templates', async () => {
    const outdir = join(scratch, 'cli');
    const environment = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(AWS|CDK|JEST|NODE_ENV|NODE_OPTIONS)/.test(name)),
    );
    const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
      execFile(
        process.execPath,
        [
          join('node_modules', 'aws-cdk', 'bin', 'cdk'),
          'synth',
          '--quiet',
          '-o',
          outdir,
          '-c',
          'architecture=x86_64',
        ],
        {
          cwd: REPOSITORY,
          env: {
            ...environment,
            HOME: scratch,
            // Whatever asks a proxy for the network is refused.
            HTTP_PROXY: 'http://127.0.0.1:9',
            HTTPS_PROXY: 'http://127.0.0.1:9',
            npm_config_offline: 'true',
            AWS_EC2_METADATA_DISABLED: 'true',
            CDK_VALIDATION: 'false',
          },
        },
        (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
      );
    });
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
    for (const stack of ['millrace-dev-core', 'millrace-dev-credit-risk']) {
      const [a, b] = [template(outdir, stack), template(result.outdir, stack)];
      expect(a).toEqual(b);
    }
  });
});
