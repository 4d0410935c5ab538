/** The function that sends lines of tasks' logs to somebody else's store; see `LogSubscriptions` for which lines. */
import { Aws, Fn } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { accessStatements } from './access-statements';
import { functionStatements, HandlerFunction } from './handler-function';
import type { BundleOf } from './handler-stub';
import { LeastPrivilegeRole } from './least-privilege-role';
import type { Names } from './names';
import { operationsNamesOf } from './operations-names';
import type { Settings } from './settings';

export const SHIP_LOGS_HANDLER = 'lambdas/ship-logs';

export interface LogShippingProps {
  readonly names: Names;
  readonly settings: Settings;
  readonly bundleOf: BundleOf;
  readonly deadLetters: IQueue;
  /** Name of the parameter that says where to. */
  readonly secret: string;
}

export class LogShipping extends Construct {
  constructor(scope: Construct, id: string, props: LogShippingProps) {
    super(scope, id);
    const { names, settings, bundleOf, deadLetters, secret } = props;
    // Not below `/millrace/<stage>/<pipeline>/`: it does not ship its own lines.
    const logGroupName = names.functionLogs('core', 'ship-logs');
    const role = new LeastPrivilegeRole(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `millrace ${settings.stage.name}: ship-logs`,
      statements: [
        ...accessStatements([{ store: 'secret', mode: 'read', from: 'parameter', name: secret }], names),
        ...functionStatements(names, [logGroupName]),
      ],
    });
    const { function: handler } = new HandlerFunction(this, 'Handler', {
      names,
      settings,
      functionName: operationsNamesOf(names).shipLogs,
      logGroupName,
      service: 'millrace',
      description: "Sends the lines of all tasks' logs to the store that a secret names.",
      bundle: bundleOf(SHIP_LOGS_HANDLER),
      role,
      memoryMb: 256,
      ephemeralMb: 512,
      timeoutSeconds: 60,
      environment: { MILLRACE_SHIP_LOGS: secret },
      deadLetters,
    });
    handler.addPermission('Logs', {
      principal: new ServicePrincipal('logs.amazonaws.com'),
      sourceArn: Fn.sub(names.taskLogsArn),
      sourceAccount: Aws.ACCOUNT_ID,
    });
  }
}
