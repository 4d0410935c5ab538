/** A function that runs one of the bundles, with a log group that has a retention. */
import { Duration, Fn, RemovalPolicy, Size, Validations } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  type ILayerVersion,
  Runtime,
  RuntimeFamily,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { HandlerBundle } from './bundle-handlers';
import { PYTHON_ENTRY } from './bundle-python';
import type { Names } from './names';
import { PYTHON_VERSION } from './python-packages';
import type { Settings } from './settings';
import type { Statement } from './statement';

export interface HandlerFunctionProps {
  readonly names: Names;
  readonly settings: Settings;
  /** Name, log group and service of the function. */
  readonly functionName: string;
  readonly logGroupName: string;
  readonly service: string;
  readonly description: string;
  readonly bundle: Pick<HandlerBundle, 'directory' | 'codeHash' | 'assetHash'>;
  readonly role: IRole;
  /** The bundle is one in Python. @default false */
  readonly python?: boolean;
  readonly memoryMb: number;
  readonly ephemeralMb: number;
  readonly timeoutSeconds: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly layers?: readonly ILayerVersion[];
  /** For functions that are invoked asynchronously. */
  readonly deadLetters?: IQueue;
}

/** The newest LTS release of Node that Lambda runs. Handlers are compiled for Node 20, so newer is fine. */
const RUNTIME = Runtime.NODEJS_24_X;
const PYTHON_RUNTIME = new Runtime(`python${PYTHON_VERSION}`, RuntimeFamily.PYTHON);

export class HandlerFunction extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    const { names, settings, bundle } = props;
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: props.logGroupName,
      retention: settings.stage.logDays,
      removalPolicy: settings.stage.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.function = new LambdaFunction(this, 'Function', {
      functionName: props.functionName,
      description: props.description,
      runtime: props.python === true ? PYTHON_RUNTIME : RUNTIME,
      architecture: settings.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      handler: props.python === true ? PYTHON_ENTRY : 'index.handler',
      // The hash is known, so the folder need not be read again.
      code: Code.fromAsset(bundle.directory, { assetHash: bundle.assetHash }),
      role: props.role,
      logGroup,
      memorySize: props.memoryMb,
      ...(props.ephemeralMb > 512 ? { ephemeralStorageSize: Size.mebibytes(props.ephemeralMb) } : {}),
      timeout: Duration.seconds(props.timeoutSeconds),
      layers: [...(props.layers ?? [])],
      // Versions of machines that were deployed before invoke them.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
      ...(props.deadLetters ? { deadLetterQueue: props.deadLetters } : {}),
      environment: {
        ...props.environment,
        MILLRACE_STAGE: settings.stage.name,
        MILLRACE_BUCKET: Fn.sub(names.dataBucket),
        MILLRACE_TRACKING_TABLE: names.trackingTable,
        MILLRACE_ORCHESTRATION_TABLE: names.orchestrationTable,
        MILLRACE_ALARM_TOPIC: Fn.sub(names.alarmTopicArn),
        MILLRACE_BUS: names.bus,
        MILLRACE_CODE_HASH: bundle.codeHash,
        POWERTOOLS_SERVICE_NAME: props.service,
        POWERTOOLS_METRICS_NAMESPACE: 'millrace',
        ...(props.python === true ? {} : { NODE_OPTIONS: '--enable-source-maps' }),
      },
    });
    // The property of the construct would add a policy of its own to the role, which has all it needs.
    (this.function.node.defaultChild as CfnFunction).tracingConfig = { mode: 'Active' };
    if (props.python === true)
      Validations.of(this.function).acknowledge({
        id: 'AwsSolutions-L1',
        reason:
          'The newest Python for which the packages that people use have wheels (lib/cloud/python-packages.ts).',
      });
  }
}

/** What every function may, whatever it does: write to its log groups, and tell X-Ray of its requests. */
export function functionStatements(names: Names, logGroups: readonly string[]): Statement[] {
  return [
    logStatement(names, logGroups),
    {
      actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
      resources: ['*'],
      reason: 'Segments of X-Ray have no resources to name; AWS documents *.',
    },
  ];
}

/** Writing to the streams of log groups; Lambda does it with the function's role. */
export function logStatement(names: Names, logGroups: readonly string[]) {
  return {
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: logGroups.map((group) => names.logStreamsArn(group)),
    reason: 'Lambda names the log streams of a function; they all belong to its own log group.',
  };
}
