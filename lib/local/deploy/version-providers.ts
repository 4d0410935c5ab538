/** Versions of functions, and versions and aliases of machines. */
import { AwsError, ROOT } from '../service';
import type { LambdaService } from '../lambda/lambda-service';
import type { StepFunctionsService } from '../stepfunctions/step-functions-service';
import type { DeployedTemplates } from './deployed-templates';

interface Services {
  readonly lambda: LambdaService;
  readonly states: StepFunctionsService;
  readonly templates: DeployedTemplates;
}
interface Deployed {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

type Properties = Readonly<Record<string, never>>;

export const VERSION_PROVIDERS: Readonly<
  Record<
    string,
    (services: Services, logicalId: string, properties: Properties) => Promise<Deployed> | Deployed
  >
> = {
  'AWS::Lambda::Version': ({ lambda }, logicalId, properties) => {
    const { arn, version } = lambda.publish(properties['FunctionName'] ?? '');
    return {
      ref: `${arn}:${version}`,
      attributes: { FunctionArn: `${arn}:${version}`, Version: String(version), Id: logicalId },
    };
  },
  'AWS::StepFunctions::StateMachineVersion': async ({ states }, _logicalId, properties) => {
    const { stateMachineVersionArn } = (await states.call(
      'PublishStateMachineVersion',
      {
        stateMachineArn: properties['StateMachineArn'],
        revisionId: properties['StateMachineRevisionId'],
        description: properties['Description'],
      },
      ROOT,
    )) as { stateMachineVersionArn: string };
    return { ref: stateMachineVersionArn, attributes: { Arn: stateMachineVersionArn } };
  },
  'AWS::StepFunctions::StateMachineAlias': async (services, logicalId, properties) => {
    const routes = (properties['RoutingConfiguration'] ?? []) as readonly {
      readonly StateMachineVersionArn: string;
      readonly Weight: number;
    }[];
    const routingConfiguration = routes.map(({ StateMachineVersionArn, Weight }) => ({
      stateMachineVersionArn: StateMachineVersionArn,
      weight: Number(Weight),
    }));
    const name: string = properties['Name'] ?? logicalId;
    const machineArn = (routes[0]?.StateMachineVersionArn ?? '').replace(/:\d+$/, '');
    const arn = `${machineArn}:${name}`;
    const deployed: Deployed = { ref: arn, attributes: { Arn: arn } };
    // As CloudFormation does: what somebody has changed by hand stays, until the template itself says something else.
    if (!services.templates.changed(arn, JSON.stringify(routingConfiguration))) return deployed;
    const input = { routingConfiguration, description: properties['Description'] };
    try {
      await services.states.call('UpdateStateMachineAlias', { ...input, stateMachineAliasArn: arn }, ROOT);
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'ResourceNotFound') throw error;
      await services.states.call('CreateStateMachineAlias', { ...input, name }, ROOT);
    }
    services.templates.remember(arn, JSON.stringify(routingConfiguration));
    return deployed;
  },
};
