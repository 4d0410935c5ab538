/** The template of the console, checked by cdk-nag; in a file of its own, as loading the CDK takes seconds. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type App, Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Console } from '../../lib/cloud/console';
import { withConsoleFiles } from '../../lib/cloud/console-asset';
import { stubBundle } from '../../lib/cloud/handler-stub';
import { MlflowPage } from '../../lib/cloud/mlflow-page';
import { withPage } from '../../lib/cloud/mlflow-page-asset';
import { namesOf } from '../../lib/cloud/names';
import type { SiteProps } from '../../lib/cloud/signed-in-site';
import { appOf } from './support/app-of';

const FAILURE = { file: 'x', code: 'X', message: 'Broken.', hint: 'Mend it.' };
describe('the console in an account', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-console-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  function make(context: Readonly<Record<string, unknown>> = {}): { app: App; stack: Stack } {
    const { app, settings } = appOf(scratch, context);
    const stack = new Stack(app, 'console');
    const site: SiteProps = {
      names: namesOf(settings.stage.name),
      settings,
      bundleOf: (handler) => stubBundle(handler, FAILURE, scratch),
    };
    const { signIn } = new Console(stack, 'Console', site);
    if (settings.mlflow.page !== undefined) new MlflowPage(stack, 'MlflowPage', { ...site, signIn });
    return { app, stack };
  }

  it.each([
    [{}],
    [{ stage: 'prod' }],
    [{ 'console-saml': 'https://portal.example/metadata' }],
    [{ stage: 'prod', 'console-saml': 'https://portal.example/metadata', 'mlflow-page': '.venv' }],
  ])('has no finding of cdk-nag that is not explained: %j', (context) => {
    const { app } = make(context);
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(() => app.synth()).not.toThrow();
  });

  it('lets nobody sign up, asks for a second factor, and hands out codes to its own address only', () => {
    const template = Template.fromStack(make().stack);
    template.hasResourceProperties('AWS::Cognito::UserPool', {
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      MfaConfiguration: 'ON',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
    });
    template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      AllowedOAuthFlows: ['code'],
      GenerateSecret: false,
      SupportedIdentityProviders: ['COGNITO'],
    });
    template.resourceCountIs('AWS::Cognito::UserPoolIdentityProvider', 0);
    template.hasResourceProperties('AWS::Cognito::UserPoolGroup', { GroupName: 'operators' });
  });

  it('with the metadata of IAM Identity Center, only its people come in', () => {
    const template = Template.fromStack(make({ 'console-saml': 'https://portal.example/metadata' }).stack);
    template.hasResourceProperties('AWS::Cognito::UserPoolIdentityProvider', {
      ProviderType: 'SAML',
      ProviderDetails: { MetadataURL: 'https://portal.example/metadata' },
    });
    template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      SupportedIdentityProviders: ['IdentityCenter'],
    });
    expect(() => make({ 'console-saml': 'http://plain.example' })).toThrow('console-saml');
  });

  it('keeps only the files of the page on the way, and sends everything else to the function', () => {
    const template = Template.fromStack(make().stack);
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: 'ANY /' });
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: 'ANY /{proxy+}' });
    const [distribution] = Object.values(template.findResources('AWS::CloudFront::Distribution')) as {
      Properties: { DistributionConfig: Record<string, never> };
    }[];
    expect(distribution?.Properties.DistributionConfig).toMatchObject({
      DefaultCacheBehavior: {
        // CachingDisabled
        CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
        ViewerProtocolPolicy: 'redirect-to-https',
      },
      CacheBehaviors: [{ PathPattern: '/console/assets/*', ViewerProtocolPolicy: 'redirect-to-https' }],
    });
  });

  it('the function reads both tables, writes the registry, and asks the launcher for the rest', () => {
    const template = Template.fromStack(make().stack);
    const [role] = Object.values(template.findResources('AWS::IAM::Role')) as {
      Properties: {
        Policies: { PolicyDocument: { Statement: { Action: string | string[]; Resource: unknown }[] } }[];
      };
    }[];
    const statements =
      role?.Properties.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement) ?? [];
    const on = (part: string) =>
      statements
        .filter(({ Resource }) => JSON.stringify(Resource).includes(part))
        .flatMap(({ Action }) => Action);
    expect(on('dev-orchestration').sort()).toEqual(['dynamodb:GetItem', 'dynamodb:Query']);
    expect(on('function:millrace-dev-launcher')).toEqual(['lambda:InvokeFunction']);
    expect(
      statements
        .flatMap(({ Action }) => Action)
        .filter((action) => /^(?:s3:Put|s3:Delete|states:St)/.test(action)),
    ).toEqual([]);
  });

  it('the bundle holds the page and the pipelines; other pipelines make another bundle', async () => {
    const summary = {
      stage: 'dev',
      architecture: 'arm64',
      code: { commit: 'abc', dirty: false },
      pipelines: [],
      failures: [],
    } as const;
    const root = join(__dirname, '..', '..');
    const bundle = () => stubBundle('lambdas/console-api', FAILURE, mkdtempSync(join(scratch, 'bundle-')));
    const withFiles = (more: object, definitions = {}) =>
      withConsoleFiles(bundle(), root, { ...summary, ...more }, definitions);
    const made = await withFiles({});
    const hashes = [
      await withFiles({}),
      await withFiles({ code: { commit: 'abd', dirty: false } }),
      await withFiles({}, { 'millrace-dev-x': '{}' }),
      await withFiles({ pipelines: [{ file: 'package.json' }] }),
    ].map(({ assetHash }) => assetHash === made.assetHash);
    expect(hashes).toEqual([true, false, false, false]);
    const files = JSON.parse(readFileSync(join(made.directory, 'web', 'files.json'), 'utf8')) as {
      path: string;
    }[];
    for (const { path } of files)
      expect(readFileSync(join(made.directory, 'web', path)).length).toBeGreaterThan(0);
    expect(files.map(({ path }) => path)).toContain('index.html');
  });

  describe("MLflow's page", () => {
    it('lets in the same people at an address of its own, keeps only its files, and writes no file', () => {
      const template = Template.fromStack(make({ 'mlflow-page': '.venv' }).stack);
      template.resourceCountIs('AWS::Cognito::UserPool', 1);
      template.resourceCountIs('AWS::Cognito::UserPoolDomain', 1);
      const clients = Object.values(template.findResources('AWS::Cognito::UserPoolClient')) as {
        Properties: { CallbackURLs: unknown[] };
      }[];
      const callbacks = clients.map(({ Properties }) => JSON.stringify(Properties.CallbackURLs));
      expect(callbacks).toEqual([
        expect.stringMatching(/ConsoleDistribution.*\/console\/auth\/callback/),
        expect.stringMatching(/MlflowPageDistribution.*\/auth\/callback/),
      ]);
      template.hasResourceProperties('AWS::CloudFront::Distribution', {
        DistributionConfig: {
          CacheBehaviors: [{ PathPattern: '/static-files/*', ViewerProtocolPolicy: 'redirect-to-https' }],
        },
      });
      template.hasResourceProperties('AWS::Lambda::Function', {
        FunctionName: 'millrace-dev-mlflow-page',
        Environment: { Variables: { MILLRACE_CONSOLE_SIGN_IN: '/millrace-dev/mlflow-sign-in' } },
      });
      const [policy] = Object.values(
        template.findResources('AWS::IAM::Role', {
          Properties: { Description: 'millrace dev: mlflow-page' },
        }),
      ) as { Properties: { Policies: unknown[] } }[];
      const text = JSON.stringify(policy?.Properties.Policies);
      expect(text).toContain('s3:GetObject');
      expect(text).not.toMatch(/s3:Put|s3:Delete|states:|lambda:|dev-orchestration/);
      // Traces are written anywhere, and nothing else is.
      expect(text.match(/"Resource":"\*"/g)).toHaveLength(1);
      expect(text).toMatch(
        /\["xray:PutTelemetryRecords","xray:PutTraceSegments"\],"Effect":"Allow","Resource":"\*"/,
      );
    });

    it('is not there without the context value, and brings the console', () => {
      Template.fromStack(make().stack).resourceCountIs('AWS::CloudFront::Distribution', 1);
      expect(appOf(scratch, { 'mlflow-page': '.venv' }).settings).toMatchObject({
        console: true,
        mlflow: { page: '.venv' },
      });
      expect(() => appOf(scratch, { 'mlflow-page': '.venv', console: 'false' })).toThrow('mlflow-page');
      expect(() => appOf(scratch, { 'mlflow-page': '' })).toThrow('names no place');
    });

    it('is taken from the wheel at synthesis, without source maps, or it is said where there is none', async () => {
      const root = mkdtempSync(join(scratch, 'project-'));
      const build = join(
        root,
        '.venv',
        'lib',
        'python3.12',
        'site-packages',
        'mlflow',
        'server',
        'js',
        'build',
      );
      mkdirSync(join(build, 'static', 'js'), { recursive: true });
      writeFileSync(join(build, 'index.html'), '<title>MLflow</title>');
      writeFileSync(join(build, 'static', 'js', 'main.1.js'), 'let page;');
      writeFileSync(join(build, 'static', 'js', 'main.1.js.map'), '{}');
      const bundle = () => stubBundle('lambdas/mlflow-page', FAILURE, mkdtempSync(join(scratch, 'bundle-')));
      const made = await withPage(bundle(), root, '.venv');
      expect((await withPage(bundle(), root, '.venv')).assetHash).toBe(made.assetHash);
      expect(JSON.parse(readFileSync(join(made.directory, 'page', 'files.json'), 'utf8'))).toEqual([
        { path: 'index.html', type: 'text/html; charset=utf-8' },
        { path: 'static/js/main.1.js', type: 'text/javascript; charset=utf-8' },
      ]);
      const js = join(made.directory, 'page', 'static', 'js');
      expect(readdirSync(js)).toEqual(['main.1.js.gz']);
      expect(gunzipSync(readFileSync(join(js, 'main.1.js.gz'))).toString()).toBe('let page;');
      await expect(withPage(bundle(), root, 'elsewhere')).rejects.toMatchObject({
        code: 'CLOUD_MLFLOW_PAGE',
        message: expect.stringMatching(/There is no page of MLflow in .*elsewhere/) as string,
      });
    });
  });
});
