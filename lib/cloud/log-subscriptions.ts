/**
 * Who gets lines of tasks' logs: `log-matched` those with one of the texts that a pipeline names, `ship-logs` all of them
 * where the stage has it. A log group takes two subscriptions, no more.
 */
import { Fn } from 'aws-cdk-lib';
import { CfnSubscriptionFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { LogTrigger } from '../model/alerts';
import { logFilter } from '../model/log-filter';
import type { Names } from './names';
import { operationsNamesOf } from './operations-names';

export interface LogSubscriptionsProps {
  readonly names: Names;
  readonly triggers: readonly LogTrigger[];
  /** Whether all lines are shipped. */
  readonly ship: boolean;
  /** Log groups, and the tasks that log there. */
  readonly groups: readonly { readonly logGroup: string; readonly tasks: readonly string[] }[];
}

export class LogSubscriptions extends Construct {
  constructor(scope: Construct, id: string, { names, triggers, ship, groups }: LogSubscriptionsProps) {
    super(scope, id);
    for (const [index, { logGroup, tasks }] of groups.entries()) {
      const concerned = triggers.filter(
        (trigger) => trigger.tasks === undefined || trigger.tasks.some((task) => tasks.includes(task)),
      );
      if (concerned.length > 0)
        new CfnSubscriptionFilter(this, `Lines${index}`, {
          logGroupName: logGroup,
          filterName: `${names.prefix}-log-matched`,
          filterPattern: logFilter(concerned),
          destinationArn: Fn.sub(names.coreFunctionArn('log-matched')),
        });
      if (ship)
        new CfnSubscriptionFilter(this, `AllLines${index}`, {
          logGroupName: logGroup,
          filterName: `${names.prefix}-ship-logs`,
          filterPattern: '',
          destinationArn: Fn.sub(operationsNamesOf(names).shipLogsArn),
        });
    }
  }
}
