/** Quotas of CloudFormation, checked before a template is written. */
import { CfnResource, type Stack } from 'aws-cdk-lib';
import type { Failure } from './failure';

/** Resources in one template. */
export const RESOURCE_QUOTA = 500;
/** Bytes of one template that is deployed from S3. */
export const TEMPLATE_QUOTA_BYTES = 1_000_000;

export function checkResourceCount(stack: Stack, file: string): Failure[] {
  const count = stack.node.findAll().filter((node) => CfnResource.isCfnResource(node)).length;
  if (count <= RESOURCE_QUOTA) return [];
  return [
    {
      file,
      code: 'CLOUD_RESOURCES',
      message: `The stack ${stack.stackName} has ${count} resources; CloudFormation takes ${RESOURCE_QUOTA}.`,
      hint: 'Give tasks of the same contract the same memory, timeout and environment, so that they share a function, or split the pipeline.',
    },
  ];
}

export function checkTemplateSize(stackName: string, bytes: number, file: string): Failure[] {
  if (bytes <= TEMPLATE_QUOTA_BYTES) return [];
  return [
    {
      file,
      code: 'CLOUD_TEMPLATE_SIZE',
      message: `The template of ${stackName} has ${bytes} bytes; CloudFormation takes ${TEMPLATE_QUOTA_BYTES}.`,
      hint: 'Split the pipeline, or move large literal inputs of tasks into objects in S3.',
    },
  ];
}
