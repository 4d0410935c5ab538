/** One pipeline: its functions with their roles, its machine, and the alarm for failed runs. */
import { Duration, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Architecture, Code, type IFunction, type IVersion, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { CompiledPipeline } from '../compiler/compile';
import type { CodeVersion } from '../model/run-context';
import { HandlerFunction } from './handler-function';
import type { BundleOf } from './handler-stub';
import { LogSubscriptions } from './log-subscriptions';
import { type Names, namesOf } from './names';
import type { NativeLayer } from './native-layer';
import { PipelineJobs } from './pipeline-jobs';
import { PipelineDashboard } from './pipeline-dashboard';
import { PipelineMachine } from './pipeline-machine';
import { PipelineRoles } from './pipeline-roles';
import { mlflowApiId, pythonEnvironment } from './python-environment';
import { tracksFromPython } from './python-handlers';
import { PipelineSchedules, type PipelineSchedulesProps } from './pipeline-schedules';
import type { Settings } from './settings';
import { refuseDeployment } from './undeployable';

export interface PipelineStackProps extends StackProps {
  readonly settings: Settings;
  readonly model: PipelineSchedulesProps['model'];
  readonly compiled: CompiledPipeline;
  readonly code: CodeVersion;
  readonly bundleOf: BundleOf;
  /** Present when a function of the pipeline has a native module. */
  readonly nativeLayer?: NativeLayer;
}

export class PipelineStack extends Stack {
  constructor(scope: Construct, id: string, props: PipelineStackProps) {
    const { settings, model, compiled, code, bundleOf, nativeLayer, ...stackProps } = props;
    const names = namesOf(settings.stage.name);
    super(scope, id, {
      ...stackProps,
      stackName: names.pipelineStack(compiled.id),
      description: `millrace ${settings.stage.name}: pipeline ${compiled.id}.`,
      tags: { 'millrace:stage': settings.stage.name, 'millrace:pipeline': compiled.id },
    });
    const native = compiled.functions.some((spec) => spec.native.length > 0);
    const layer = native && nativeLayer ? this.layer(names, settings, nativeLayer) : undefined;
    if (tracksFromPython(compiled.functions)) mlflowApiId(this, names);
    const roles = new PipelineRoles(this, 'Roles', {
      names,
      pipeline: compiled.id,
      functions: compiled.functions,
    });
    const functions = new Map<string, IFunction>();
    for (const spec of compiled.functions) {
      const made = new HandlerFunction(this, spec.substitution, {
        names,
        settings,
        functionName: names.function(compiled.id, spec.key),
        logGroupName: names.functionLogs(compiled.id, spec.key),
        service: compiled.id,
        description: describeTasks(compiled.id, spec.tasks),
        bundle: bundleOf(spec.handler),
        role: roles.roleOf(spec.key),
        memoryMb: spec.memoryMb,
        ephemeralMb: spec.ephemeralMb,
        timeoutSeconds: spec.timeoutSeconds,
        environment: { ...spec.environment, ...pythonEnvironment(spec, names) },
        python: spec.python !== undefined,
        layers: layer && spec.native.length > 0 ? [layer] : [],
      });
      // The machine calls what it was deployed with, also when the function has changed since.
      functions.set(spec.substitution, made.function.currentVersion as IVersion);
      const { incomplete } = bundleOf(spec.handler);
      if (incomplete !== undefined) refuseDeployment(this, 'PythonPackagesAreBundled', incomplete);
    }
    const jobs = new PipelineJobs(this, 'Containers', {
      names,
      settings,
      pipeline: compiled.id,
      jobs: compiled.jobs,
      bundleOf,
      ...(nativeLayer ? { nativeLayer } : {}),
    });
    const { machine } = new PipelineMachine(this, 'Pipeline', {
      names,
      settings,
      compiled,
      code,
      functions,
      jobs,
    });
    const triggers = model.alerts?.log ?? [];
    const ship = settings.operations.shipLogs !== undefined;
    if (triggers.length > 0 || ship)
      new LogSubscriptions(this, 'OnLog', {
        names,
        triggers,
        ship,
        groups: [
          ...compiled.functions.map(({ key, tasks }) => ({
            logGroup: names.functionLogs(compiled.id, key),
            tasks,
          })),
          ...compiled.jobs
            .filter(({ compute }) => compute.service === 'fargate' || compute.service === 'batch')
            .map(({ key, task }) => ({ logGroup: names.functionLogs(compiled.id, key), tasks: [task] })),
        ],
      }).node.addDependency(...functions.values(), jobs);
    new PipelineSchedules(this, 'Start', { names, model });
    if (settings.dashboards)
      new PipelineDashboard(this, 'Watch', {
        names,
        pipeline: compiled.id,
        logGroups: compiled.functions.map((spec) => names.functionLogs(compiled.id, spec.key)),
      });
    this.watch(names, compiled.id, machine);
  }

  private layer(names: Names, settings: Settings, native: NativeLayer): LayerVersion {
    if (native.message !== undefined) refuseDeployment(this, 'NativeLayerIsComplete', native.message);
    return new LayerVersion(this, 'DuckDb', {
      layerVersionName: `${names.prefix}-duckdb`,
      description: 'DuckDB for Node',
      code: Code.fromAsset(native.directory, { assetHash: native.assetHash }),
      compatibleArchitectures: [
        settings.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      ],
    });
  }

  private watch(names: Names, pipeline: string, machine: StateMachine): void {
    const period = Duration.minutes(5);
    new Alarm(this, 'FailedRuns', {
      alarmName: `${names.machine(pipeline)}-failed`,
      alarmDescription: `A run of ${pipeline} failed or timed out. See: npx millrace runs`,
      metric: new MathExpression({
        expression: 'failed + timedOut',
        usingMetrics: {
          failed: machine.metricFailed({ period }),
          timedOut: machine.metricTimedOut({ period }),
        },
        label: 'Failed runs',
        period,
      }),
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new SnsAction(Topic.fromTopicArn(this, 'Alarms', Fn.sub(names.alarmTopicArn))));
  }
}

/** Descriptions of functions end at 256 characters. */
function describeTasks(pipeline: string, tasks: readonly string[]): string {
  const text = `${pipeline}: ${tasks.join(', ')}`;
  return text.length <= 256 ? text : `${text.slice(0, 255)}…`;
}
