/** The function that calls the webhooks of the model registry, rung by the bus. It costs nothing while no model changes. */
import { type EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { accessStatements } from './access-statements';
import { functionStatements, HandlerFunction } from './handler-function';
import type { BundleOf } from './handler-stub';
import { LeastPrivilegeRole } from './least-privilege-role';
import type { Names } from './names';
import type { Settings } from './settings';
import type { Statement } from './statement';

export const WEBHOOKS_HANDLER = 'lambdas/webhooks';

const NAME = 'webhooks';

export interface WebhooksProps {
  readonly names: Names;
  readonly settings: Settings;
  readonly bundleOf: BundleOf;
  readonly bus: EventBus;
  readonly deadLetters: IQueue;
}

export class Webhooks extends Construct {
  constructor(scope: Construct, id: string, { names, settings, bundleOf, bus, deadLetters }: WebhooksProps) {
    super(scope, id);
    const logGroupName = names.functionLogs('core', NAME);
    const role = new LeastPrivilegeRole(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `millrace ${settings.stage.name}: ${NAME}`,
      statements: [
        // Webhooks, and the record of what became of their deliveries.
        ...accessStatements([{ store: 'tracking', mode: 'write' }], names),
        webhookSecretStatement(names, 'read'),
        ...functionStatements(names, [logGroupName]),
      ],
    });
    const { function: handler } = new HandlerFunction(this, 'Handler', {
      names,
      settings,
      functionName: `${names.prefix}-${NAME}`,
      logGroupName,
      service: 'millrace',
      description: 'Calls the webhooks that asked for a change of the model registry.',
      bundle: bundleOf(WEBHOOKS_HANDLER),
      role,
      memoryMb: 256,
      ephemeralMb: 512,
      // Four attempts of ten seconds each, and the pauses between.
      timeoutSeconds: 90,
      deadLetters,
    });
    new Rule(this, 'Rule', {
      ruleName: `${names.prefix}-${NAME}`,
      description: 'A registered model, a version, an alias or a tag of them changed.',
      eventBus: bus,
      eventPattern: { source: ['millrace'], detailType: ['Registry Changed'] },
      targets: [new LambdaFunction(handler, { deadLetterQueue: deadLetters })],
    });
  }
}

/** What signs the deliveries: one parameter for each webhook, encrypted with the account's key for Parameter Store. */
export function webhookSecretStatement(names: Names, mode: 'read' | 'write'): Statement {
  return {
    actions: ['ssm:GetParameter', ...(mode === 'write' ? ['ssm:PutParameter', 'ssm:DeleteParameter'] : [])],
    resources: [
      `arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter/${names.prefix}/webhooks/*`,
    ],
    reason: 'Webhooks come and go; the secrets of those of a stage share a prefix.',
  };
}
