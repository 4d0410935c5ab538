import { CfnParameter, type Stack } from 'aws-cdk-lib';
import type { FunctionSpec } from '../compiler/functions';
import type { Access } from '../model/access';
import type { Statement } from './statement';
import type { Names } from './names';

/** What a function in Python has in its environment besides: its contract, and where MLflow's client finds the store. */
export function pythonEnvironment(spec: FunctionSpec, names: Names): Record<string, string> {
  const { python, contract } = spec;
  if (python === undefined) return {};
  return {
    MILLRACE_CONTRACT: contract,
    ...(python.tracking === undefined
      ? {}
      : {
          MILLRACE_TRACKING: python.tracking,
          // The address of the API is known when the core stack is deployed; CloudFormation reads it then.
          MLFLOW_TRACKING_URI: `{{resolve:ssm:${names.mlflowUriParameter}}}`,
          // The client signs its requests with the function's role; it needs the package requests-auth-aws-sigv4 for it.
          MLFLOW_TRACKING_AWS_SIGV4: 'true',
        }),
  };
}

/** The id of MLflow's API, which roles name, as a parameter that CloudFormation fills from where the core stack left it. */
export function mlflowApiId(stack: Stack, names: Names): void {
  if (stack.node.tryFindChild('MlflowApiId') !== undefined) return;
  new CfnParameter(stack, 'MlflowApiId', {
    type: 'AWS::SSM::Parameter::Value<String>',
    default: names.mlflowIdParameter,
    description: "Where the core stack left the id of MLflow's API.",
  });
}

/** What a function may touch by itself: those in Python reach the tracking store through its API alone. */
export function ownAccess({ access, python }: Pick<FunctionSpec, 'access' | 'python'>): readonly Access[] {
  return python === undefined ? access : access.filter(({ store }) => store !== 'tracking');
}

/** Calling MLflow's API, for functions that track by its client. */
export function trackingApiStatements({ python }: Pick<FunctionSpec, 'python'>, names: Names): Statement[] {
  if (python?.tracking === undefined) return [];
  return [
    {
      actions: ['execute-api:Invoke'],
      resources: [names.mlflowApiArn],
      reason: 'All methods and paths of one API, the tracking API of the stage.',
    },
  ];
}
