/** Lines of tasks' logs with one of the texts that a pipeline names go to `log-matched`. */
import { Fn } from 'aws-cdk-lib';
import { CfnSubscriptionFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { LogTrigger } from '../model/alerts';
import { logFilter } from '../model/log-filter';
import type { Names } from './names';

export interface LogSubscriptionsProps {
  readonly names: Names;
  readonly triggers: readonly LogTrigger[];
  /** Log groups, and the tasks that log there. */
  readonly groups: readonly { readonly logGroup: string; readonly tasks: readonly string[] }[];
}

export class LogSubscriptions extends Construct {
  constructor(scope: Construct, id: string, { names, triggers, groups }: LogSubscriptionsProps) {
    super(scope, id);
    for (const [index, { logGroup, tasks }] of groups.entries()) {
      const concerned = triggers.filter(
        (trigger) => trigger.tasks === undefined || trigger.tasks.some((task) => tasks.includes(task)),
      );
      if (concerned.length === 0) continue;
      new CfnSubscriptionFilter(this, `Lines${index}`, {
        logGroupName: logGroup,
        filterName: `${names.prefix}-log-matched`,
        filterPattern: logFilter(concerned),
        destinationArn: Fn.sub(names.coreFunctionArn('log-matched')),
      });
    }
  }
}
