/** Where containers run: in the subnets that the context names, or in a small VPC of two public subnets without a NAT gateway. */
import { RemovalPolicy } from 'aws-cdk-lib';
import {
  CfnSecurityGroup,
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Names } from './names';
import type { Settings } from './settings';

export class ComputeNetwork extends Construct {
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly publicIp: boolean;

  constructor(
    scope: Construct,
    id: string,
    { names, settings }: { readonly names: Names; readonly settings: Settings },
  ) {
    super(scope, id);
    const given = settings.compute.network;
    if (given !== undefined) {
      ({ subnets: this.subnets, securityGroups: this.securityGroups, publicIp: this.publicIp } = given);
      return;
    }
    const vpc = new Vpc(this, 'Vpc', {
      vpcName: names.prefix,
      ipAddresses: IpAddresses.cidr('10.90.0.0/20'),
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'jobs', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: true }],
      // It would take a function of its own; nothing here is in the default group.
      restrictDefaultSecurityGroup: false,
    });
    vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
    vpc.addFlowLog('Flow', {
      trafficType: FlowLogTrafficType.REJECT,
      destination: FlowLogDestination.toCloudWatchLogs(
        new LogGroup(this, 'FlowLogs', {
          logGroupName: names.functionLogs('compute', 'flow'),
          retention: settings.stage.logDays,
          removalPolicy: settings.stage.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
        }),
      ),
    });
    // Nobody calls a container; what calls out is CloudFormation's default.
    const group = new CfnSecurityGroup(this, 'Containers', {
      vpcId: vpc.vpcId,
      groupDescription: 'Containers of tasks: they call out, and nobody calls them.',
    });
    this.subnets = vpc.publicSubnets.map((subnet) => subnet.subnetId);
    this.securityGroups = [group.attrGroupId];
    this.publicIp = true;
  }
}
