/** Definitions of containers, and what is around them by name alone. */
import {
  containerDefinition,
  type ContainerProperties,
  type DefinitionStore,
} from '../jobs/definition-store';
import type { LocalStandIn } from '../jobs/job-record';

interface Services {
  readonly definitions: DefinitionStore;
  readonly account: string;
  readonly region: string;
}
interface Deployed {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

type Properties = Readonly<Record<string, never>>;
type Provider = (services: Services, logicalId: string, properties: Properties) => Deployed;

const arn = ({ region, account }: Services, service: string, rest: string): string =>
  `arn:aws:${service}:${region}:${account}:${rest}`;

/** `Ref` gives the name. */
const named =
  (service: string, kind: string, property: string): Provider =>
  (services, logicalId, properties) => {
    const name = (properties[property] as string | undefined) ?? logicalId;
    return { ref: name, attributes: { Arn: arn(services, service, `${kind}/${name}`) } };
  };

/** `Ref` gives an id that the service makes. */
const identified =
  (attributes: readonly string[] = []): Provider =>
  (_services, logicalId) => ({
    ref: logicalId,
    attributes: Object.fromEntries(attributes.map((name) => [name, logicalId])),
  });

export const CONTAINER_PROVIDERS: Readonly<Record<string, Provider>> = {
  'AWS::ECS::TaskDefinition': (services, logicalId, properties) => {
    const family = (properties['Family'] as string | undefined) ?? logicalId;
    const definitionArn = arn(services, 'ecs', `task-definition/${family}:1`);
    const [container = {}] = (properties['ContainerDefinitions'] ?? []) as ContainerProperties[];
    const role = (properties['TaskRoleArn'] as string | undefined) ?? '';
    services.definitions.put(definitionArn, containerDefinition(family, role, container));
    return { ref: definitionArn, attributes: { TaskDefinitionArn: definitionArn } };
  },
  'AWS::Batch::JobDefinition': (services, logicalId, properties) => {
    const name = (properties['JobDefinitionName'] as string | undefined) ?? logicalId;
    const definitionArn = arn(services, 'batch', `job-definition/${name}:1`);
    const container = (properties['ContainerProperties'] ?? {}) as ContainerProperties & {
      readonly JobRoleArn?: string;
    };
    services.definitions.put(definitionArn, containerDefinition(name, container.JobRoleArn ?? '', container));
    return { ref: definitionArn, attributes: { JobDefinitionArn: definitionArn } };
  },
  'AWS::ECS::Cluster': named('ecs', 'cluster', 'ClusterName'),
  'AWS::Batch::ComputeEnvironment': named('batch', 'compute-environment', 'ComputeEnvironmentName'),
  'AWS::Batch::JobQueue': named('batch', 'job-queue', 'JobQueueName'),
  'AWS::IAM::InstanceProfile': named('iam', 'instance-profile', 'InstanceProfileName'),
  'AWS::EKS::PodIdentityAssociation': identified(),
  'AWS::EC2::VPC': identified(['VpcId']),
  'AWS::EC2::Subnet': identified(['SubnetId', 'AvailabilityZone']),
  'AWS::EC2::SecurityGroup': identified(['GroupId']),
  'AWS::EC2::InternetGateway': identified(),
  'AWS::EC2::VPCGatewayAttachment': identified(),
  'AWS::EC2::RouteTable': identified(),
  'AWS::EC2::Route': identified(),
  'AWS::EC2::SubnetRouteTableAssociation': identified(),
  'AWS::EC2::VPCEndpoint': identified(),
  'AWS::EC2::FlowLog': identified(),
};

/** What runs on this machine in the place of the containers of a machine, by task. */
export function standInsOf(
  asset: (objectKey: string) => string,
  metadata: Readonly<Record<string, unknown>>,
): Readonly<Record<string, LocalStandIn>> {
  const standIns = (metadata['millrace:containers'] ?? {}) as Readonly<Record<string, LocalStandIn>>;
  return Object.fromEntries(
    Object.entries(standIns).map(([task, standIn]) => [
      task,
      'bundle' in standIn ? { ...standIn, bundle: asset(standIn.bundle) } : standIn,
    ]),
  );
}
