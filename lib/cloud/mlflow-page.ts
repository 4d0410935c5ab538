/**
 * MLflow's own page in an account, from the wheel that is installed where the stage is synthesised: files and API behind one
 * address, to which the people of the console sign in. The address is another one than the console's, so that scripts of the
 * wheel, and what it shows of runs, reach nothing of the console.
 */
import { CfnOutput, Fn } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { accessStatements, publishStatement } from './access-statements';
import type { ConsoleSignIn } from './console-sign-in';
import { MLFLOW_MEMORY_MB, mlflowEnvironment } from './mlflow-api';
import type { Names } from './names';
import { SignedInSite, type SiteProps } from './signed-in-site';
import type { Statement } from './statement';
import { webhookSecretStatement } from './webhooks';

export const MLFLOW_PAGE_HANDLER = 'lambdas/mlflow-page';

export interface MlflowPageProps extends SiteProps {
  /** Whose people are let in. */
  readonly signIn: ConsoleSignIn;
}

export class MlflowPage extends SignedInSite {
  constructor(scope: Construct, id: string, { signIn, ...props }: MlflowPageProps) {
    const own = mlflowPageNames(props.names);
    super(scope, id, {
      ...props,
      own,
      name: 'mlflow-page',
      handler: MLFLOW_PAGE_HANDLER,
      title: "MLflow's page",
      description: "MLflow's own page, its API and the sign-in.",
      statements: statements(props.names, own.signInParameter),
      memoryMb: MLFLOW_MEMORY_MB,
      environment: { ...mlflowEnvironment(props.settings), MILLRACE_CONSOLE_SIGN_IN: own.signInParameter },
      kept: '/static-files/*',
    });
    signIn.admit({
      ids: { client: 'MlflowClient', settings: 'MlflowSettings' },
      title: "MLflow's page",
      domainName: this.domainName,
      callback: '/auth/callback',
      home: '/',
      parameterName: own.signInParameter,
    });
    new CfnOutput(this, 'Address', {
      value: Fn.join('', ['https://', this.domainName, '/']),
      description: "MLflow's page",
    });
  }
}

function mlflowPageNames({ prefix }: Pick<Names, 'prefix'>) {
  return {
    api: `${prefix}-mlflow-page`,
    accessLogs: `/aws/vendedlogs/apigateway/${prefix}-mlflow-page`,
    logBucket: `${prefix}-mlflow-page-logs-\${AWS::AccountId}-\${AWS::Region}`,
    signInParameter: `/${prefix}/mlflow-sign-in`,
  };
}

/** It shows artifacts and never writes them; registry and runs it changes for those who may. */
function statements(names: Names, signInParameter: string): Statement[] {
  return [
    ...accessStatements(
      [
        { store: 'tracking', mode: 'write' },
        { store: 'objects', mode: 'read', prefix: 'artifacts/' },
      ],
      names,
    ),
    publishStatement(names),
    webhookSecretStatement(names, 'write'),
    {
      actions: ['ssm:GetParameter'],
      resources: [
        `arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter${signInParameter}`,
      ],
    },
  ];
}
