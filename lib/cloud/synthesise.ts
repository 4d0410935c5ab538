/**
 * From the project to a cloud assembly: templates, assets and `millrace.json` in one folder. Used by `cdk synth` through
 * `bin/app.ts`, and in process by the command line for the local cloud. Needs neither network nor credentials.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Annotations, App, Validations } from 'aws-cdk-lib';
import { annotateFailures, buildStacks, type BuiltStacks } from './build-stacks';
import { bundleHandlers, type HandlerBundle } from './bundle-handlers';
import { containerHandlersOf } from './container-handlers';
import { bundlePython, stubPython } from './bundle-python';
import { pythonModelsFor } from './bundle-python-models';
import { checkTemplateSize } from './check-stack';
import { readCodeVersion } from './code-version';
import { collectPipelines } from './collect-pipelines';
import { withConsoleFiles } from './console-asset';
import { CONSOLE_HANDLER } from './console-names';
import { coreHandlers } from './core-handlers';
import type { CodeVersion } from '../model/run-context';
import { describeFailure, type Failure } from './failure';
import { type BundleOf, stubBundle } from './handler-stub';
import { MLFLOW_HANDLER } from './mlflow-api';
import { MLFLOW_PAGE_HANDLER } from './mlflow-page';
import { withPage } from './mlflow-page-asset';
import { withPermissions } from './mlflow-permissions';
import { namesOf } from './names';
import { needsMlflow, nodeHandlersOf, pythonHandlersOf } from './python-handlers';
import { buildNativeLayer, type NativeLayer } from './native-layer';
import type { PackPackage } from './npm-pack';
import { SERVING_HANDLER } from './serving-api';
import { readSettings, type Settings } from './settings';
import { SynthesisError } from './synthesis-error';
import { withLocalPython } from './target-settings';
import { type AssemblySummary, summarise, type SummarisedPipeline } from './summary';

export interface SynthesiseOptions {
  /** Folder for the assembly. */
  readonly outdir: string;
  /** Overrides the context value. @default the context value `stage`, else dev */
  readonly stage?: string;
  /** @default the project this file belongs to */
  readonly projectRoot?: string;
  /** @default `<project>/pipelines` */
  readonly pipelinesDir?: string;
  /** Context values, over those of `cdk.json`. */
  readonly context?: Readonly<Record<string, unknown>>;
  /**
   * Check the templates with cdk-nag and CloudFormation's rules, and print warnings. `false` is for the local cloud
   * and saves seconds: the native layer is then left empty, and templates with one refuse to be deployed. @default true
   */
  readonly validate?: boolean;
  /** How binaries for Lambda are downloaded. @default npm pack */
  readonly pack?: PackPackage;
}

export interface SynthesisResult {
  readonly outdir: string;
  readonly summary: AssemblySummary;
  /** One line each; failures are in `summary`. */
  readonly warnings: readonly string[];
}

/** @throws SynthesisError for wrong settings and damaged downloads, Error when a check of cdk-nag or CloudFormation fails. */
export async function synthesise(options: SynthesiseOptions): Promise<SynthesisResult> {
  const projectRoot = resolve(options.projectRoot ?? join(__dirname, '..', '..'));
  const validate = options.validate ?? true;
  const app = new App({
    outdir: resolve(options.outdir),
    context: {
      ...(await projectContext(projectRoot)),
      // Where in this code constructs are made says nothing to users, takes time and names folders of this machine.
      'aws:cdk:disable-creation-stack-traces': true,
      ...options.context,
    },
    analyticsReporting: false,
    treeMetadata: false,
    stackTraces: false,
    autoSynth: false,
    builtinCloudFormationValidation: validate && process.env['CDK_VALIDATION'] !== 'false',
  });
  const asked = readSettings((key) =>
    key === 'stage' && options.stage !== undefined ? options.stage : (app.node.tryGetContext(key) as unknown),
  );
  const scratch = await mkdtemp(join(tmpdir(), 'millrace-synth-'));
  try {
    const code = await readCodeVersion(projectRoot);
    const pipelinesDir = resolve(projectRoot, options.pipelinesDir ?? 'pipelines');
    const collected = collectPipelines(projectRoot, pipelinesDir, asked.maxActiveTasks);
    // The local cloud serves MLflow's API by itself.
    const tracks = validate && collected.pipelines.some(({ compiled }) => needsMlflow(compiled));
    const settings: Settings = {
      ...asked,
      mlflowApi: asked.mlflowApi || tracks,
      console: asked.console && validate,
      serving: asked.serving && existsSync(join(projectRoot, SERVING_HANDLER)),
      ...(validate ? {} : { targets: withLocalPython(asked.targets) }),
    };
    const handlers = [
      ...coreHandlers(settings),
      ...collected.pipelines.flatMap(({ compiled }) => nodeHandlersOf(compiled.functions)),
      ...containerHandlersOf(collected.pipelines.flatMap(({ compiled }) => compiled.jobs)),
    ];
    const bundled = await bundleHandlers({ projectRoot, handlers, outdir: scratch });
    const bundles = new Map<string, HandlerBundle>(bundled.bundles);
    for (const failure of bundled.failures) {
      bundles.set(failure.handler, stubBundle(failure.handler, failure, scratch));
    }
    const python = await bundlePython({
      projectRoot,
      handlers: pythonHandlersOf(collected.pipelines.map(({ compiled }) => compiled)),
      outdir: join(scratch, 'python'),
      architecture: settings.architecture,
      placeholder: !validate,
    });
    for (const bundle of python.bundles) bundles.set(bundle.handler, bundle);
    for (const failure of python.failures)
      bundles.set(
        failure.handler,
        await stubPython(failure.handler, describeFailure(failure), join(scratch, 'python')),
      );
    const models = await pythonModelsFor(settings, { projectRoot, outdir: scratch, placeholder: !validate });
    for (const bundle of models.bundles) bundles.set(bundle.handler, bundle);
    const handlerFailures = [...bundled.failures, ...python.failures, ...models.failures];
    const bundleOf: BundleOf = (handler) => {
      const bundle = bundles.get(handler);
      if (bundle === undefined) throw new Error(`The handler ${handler} was not bundled.`);
      return bundle;
    };
    const { page, permissions } = settings.mlflow;
    if (settings.console && page !== undefined)
      bundles.set(MLFLOW_PAGE_HANDLER, await withPage(bundleOf(MLFLOW_PAGE_HANDLER), projectRoot, page));
    if (permissions !== undefined)
      for (const handler of [MLFLOW_HANDLER, MLFLOW_PAGE_HANDLER]) {
        const bundle = bundles.get(handler);
        if (bundle !== undefined)
          bundles.set(handler, await withPermissions(bundle, projectRoot, permissions));
      }
    const names = namesOf(settings.stage.name);
    const summaryOf = (failures: readonly Failure[]): AssemblySummary => ({
      stage: settings.stage.name,
      architecture: settings.architecture,
      code,
      pipelines: collected.pipelines.map((pipeline) => summarise(pipeline, names, bundleOf)),
      failures: failures.map(plain),
    });
    if (settings.console) {
      const shown = summaryOf([...collected.failures, ...handlerFailures]);
      const definitions = Object.fromEntries(
        collected.pipelines.map(({ compiled }) => [
          names.machine(compiled.id),
          JSON.stringify(compiled.definition),
        ]),
      );
      const bundle = bundleOf(CONSOLE_HANDLER);
      bundles.set(CONSOLE_HANDLER, await withConsoleFiles(bundle, projectRoot, shown, definitions));
    }
    const nativeLayer = await layerFor(
      collected.pipelines,
      projectRoot,
      settings,
      join(scratch, 'layer'),
      options,
    );
    const stacks = buildStacks(app, {
      settings,
      pipelines: collected.pipelines,
      code,
      bundleOf,
      handlerFailures,
      ...(nativeLayer ? { nativeLayer } : {}),
    });
    const failures = [...collected.failures, ...handlerFailures, ...stacks.failures];
    const warnings = warningsOf(code, nativeLayer);
    // The CDK prints warnings by itself. In process the caller shows them, from the result.
    if (validate) {
      for (const { id, text } of warnings) Annotations.of(stacks.core).addWarningV2(id, text);
      const { AwsSolutionsChecks } = await import('cdk-nag');
      Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    }
    if (validate || !settings.allowBroken) annotateFailures(stacks, failures, settings.allowBroken);
    const assembly = app.synth();
    const tooLarge = await oversized(collected.pipelines, stacks, assembly.directory);
    // Known only when it is written, too late for an annotation.
    if (tooLarge[0] && !settings.allowBroken) {
      throw new SynthesisError(tooLarge[0].code, tooLarge[0].message, tooLarge[0].hint);
    }
    failures.push(...tooLarge);
    const summary = summaryOf(failures);
    await writeFile(join(assembly.directory, 'millrace.json'), `${JSON.stringify(summary, null, 2)}\n`);
    return { outdir: assembly.directory, summary, warnings: warnings.map(({ text }) => text) };
  } finally {
    // After a failure other writes may still be under way, and a folder that fills again must not hide why.
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What `cdk` reads from `cdk.json` by itself must hold in process too, or the templates would differ. */
async function projectContext(projectRoot: string): Promise<Record<string, unknown>> {
  const text = await readFile(join(projectRoot, 'cdk.json'), 'utf8').catch(() => '{}');
  return (JSON.parse(text) as { context?: Record<string, unknown> }).context ?? {};
}

async function layerFor(
  pipelines: readonly SummarisedPipeline[],
  projectRoot: string,
  { architecture }: Settings,
  directory: string,
  { validate, pack }: SynthesiseOptions,
): Promise<NativeLayer | undefined> {
  const needed = pipelines.some(
    ({ compiled }) =>
      compiled.functions.some((spec) => spec.native.length > 0) ||
      compiled.jobs.some(({ runs }) => runs.kind === 'handler' && runs.native.length > 0),
  );
  if (!needed) return undefined;
  const placeholder = validate === false;
  return buildNativeLayer({ projectRoot, architecture, directory, placeholder, ...(pack ? { pack } : {}) });
}

function warningsOf(code: CodeVersion, layer: NativeLayer | undefined): { id: string; text: string }[] {
  const warnings: { id: string; text: string }[] = [];
  if (code.commit === 'unknown') {
    warnings.push({
      id: 'millrace:CODE_VERSION_UNKNOWN',
      text: 'The commit is unknown: there is no .git here and no CI variable names one. Runs and models will not lead back to their code. Synthesise in a clone, or set GIT_COMMIT.',
    });
  }
  if (layer?.state === 'missing') {
    warnings.push({ id: 'millrace:NATIVE_LAYER_MISSING', text: layer.message ?? '' });
  }
  return warnings;
}

async function oversized(
  pipelines: readonly SummarisedPipeline[],
  stacks: BuiltStacks,
  directory: string,
): Promise<Failure[]> {
  const checks = pipelines.map(async ({ compiled, file }) => {
    const stack = stacks.pipelines.get(compiled.id);
    if (stack === undefined) return [];
    const { size } = await stat(join(directory, stack.templateFile));
    return checkTemplateSize(stack.stackName, size, file);
  });
  return (await Promise.all(checks)).flat();
}

function plain({ file, line, code, message, hint }: Failure): Failure {
  return { file, ...(line === undefined ? {} : { line }), code, message, hint };
}
