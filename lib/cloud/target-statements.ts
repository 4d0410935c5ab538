/** What the function that brings endpoints about may do at each target, and what those endpoints may do themselves. */
import type { Names } from './names';
import { servingNamesOf } from './serving-names';
import type { Statement } from './statement';
import type { TargetSettings } from './target-settings';

const OF_STAGE = 'Endpoints and versions come and go without a deployment; all names of ours begin alike.';
const NO_RESOURCE = 'It has no resource to name; AWS documents * for it.';

export function targetStatements(names: Names, targets: TargetSettings): Statement[] {
  const passRole = (service: string): Statement => ({
    actions: ['iam:PassRole'],
    resources: [servingNamesOf(names).targetRoleArn],
    conditions: { StringEquals: { 'iam:PassedToService': service } },
  });
  return [
    ...(targets.sagemaker ? [...sagemaker(names), passRole('sagemaker.amazonaws.com')] : []),
    ...(targets.ecs ? [...ecs(names), ...loadBalancing(), passRole('ecs-tasks.amazonaws.com')] : []),
    ...(targets.eks.length === 0
      ? []
      : [{ actions: ['eks:DescribeCluster'], resources: targets.eks.map(names.kubernetesClusterArn) }]),
    ...(targets.connections.length === 0
      ? []
      : [{ actions: ['ssm:GetParameter'], resources: targets.connections.map(names.connectionArn) }]),
  ];
}

function sagemaker({ prefix }: Names): Statement[] {
  const arn = (kind: string): string =>
    `arn:\${AWS::Partition}:sagemaker:\${AWS::Region}:\${AWS::AccountId}:${kind}/${prefix}-*`;
  return [
    {
      actions: ['sagemaker:CreateModel', 'sagemaker:DescribeModel', 'sagemaker:DeleteModel'],
      resources: [arn('model')],
      reason: OF_STAGE,
    },
    {
      actions: [
        'sagemaker:CreateEndpointConfig',
        'sagemaker:DescribeEndpointConfig',
        'sagemaker:DeleteEndpointConfig',
      ],
      resources: [arn('endpoint-config')],
      reason: OF_STAGE,
    },
    {
      actions: ['sagemaker:CreateEndpoint', 'sagemaker:UpdateEndpoint'],
      resources: [arn('endpoint'), arn('endpoint-config')],
      reason: OF_STAGE,
    },
    {
      actions: [
        'sagemaker:DescribeEndpoint',
        'sagemaker:UpdateEndpointWeightsAndCapacities',
        'sagemaker:InvokeEndpoint',
      ],
      resources: [arn('endpoint')],
      reason: OF_STAGE,
    },
    { actions: ['sagemaker:ListEndpointConfigs'], resources: ['*'], reason: NO_RESOURCE },
  ];
}

function ecs({ prefix }: Names): Statement[] {
  const arn = (rest: string): string =>
    `arn:\${AWS::Partition}:ecs:\${AWS::Region}:\${AWS::AccountId}:${rest}`;
  return [
    {
      actions: ['ecs:RegisterTaskDefinition'],
      resources: [arn(`task-definition/${prefix}-*:*`)],
      reason: OF_STAGE,
    },
    { actions: ['ecs:DescribeTaskDefinition'], resources: ['*'], reason: NO_RESOURCE },
    {
      actions: [
        'ecs:CreateService',
        'ecs:DescribeServices',
        'ecs:UpdateService',
        'ecs:DeleteService',
        'ecs:TagResource',
      ],
      resources: [arn(`service/*/${prefix}-*`)],
      reason: `${OF_STAGE} Targets name the cluster.`,
    },
  ];
}

function loadBalancing(): Statement[] {
  const arn = (rest: string): string =>
    `arn:\${AWS::Partition}:elasticloadbalancing:\${AWS::Region}:\${AWS::AccountId}:${rest}`;
  return [
    {
      actions: ['elasticloadbalancing:DescribeTargetGroups', 'elasticloadbalancing:DescribeRules'],
      resources: ['*'],
      reason: NO_RESOURCE,
    },
    {
      actions: ['elasticloadbalancing:CreateTargetGroup', 'elasticloadbalancing:DeleteTargetGroup'],
      resources: [arn('targetgroup/millrace-*/*')],
      reason: OF_STAGE,
    },
    {
      actions: ['elasticloadbalancing:CreateRule'],
      resources: [arn('listener/app/*/*/*')],
      reason: 'Targets name the listener.',
    },
    {
      actions: ['elasticloadbalancing:ModifyRule', 'elasticloadbalancing:DeleteRule'],
      resources: [arn('listener-rule/app/*/*/*/*')],
      reason:
        'Rules get their ids when they are made; the function touches those alone that name its endpoint.',
    },
  ];
}
