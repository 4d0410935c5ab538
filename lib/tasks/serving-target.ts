/** Where the versions of an endpoint run: the function of the stage, or containers that others keep. */
import { z } from 'zod';

/** Image that answers on port 8080. @default the one that was built for the version (its tag `serving_image`) */
const image = z.string().min(1).optional();
/** Of each version, at the same time. */
const instances = z.int().min(1).max(100).default(1);
/** `https://models.example.com`: what clients call; `/endpoints/<name>/…` comes behind it. */
const url = z.url({ protocol: /^https?$/ });

export const servingTarget = z.discriminatedUnion('kind', [
  /** A real-time endpoint of SageMaker with a variant for each version. */
  z.strictObject({
    kind: z.literal('sagemaker'),
    image,
    instances,
    instanceType: z
      .string()
      .regex(/^ml\.[a-z0-9-]+\.[a-z0-9]+$/)
      .default('ml.m5.large'),
  }),
  /** A Fargate service for each version, behind a listener of an Application Load Balancer. */
  z.strictObject({
    kind: z.literal('ecs'),
    image,
    instances,
    cluster: z.string().min(1),
    vpc: z.string().min(1),
    subnets: z.array(z.string().min(1)).min(1),
    securityGroups: z.array(z.string().min(1)).min(1),
    publicIp: z.boolean().default(false),
    /** ARN of the listener. */
    listener: z.string().regex(/^arn:[\w-]+:elasticloadbalancing:/),
    /** Of the first of three rules of the listener; it and the two after it must be free. */
    priority: z.int().min(1).max(49_998),
    url,
    /** Units of Fargate: 1024 are one processor. */
    cpu: z.int().positive().default(512),
    memoryMb: z.int().positive().default(1024),
  }),
  /** A Deployment and a Service for each version, behind a Gateway (Gateway API). */
  z
    .strictObject({
      kind: z.literal('kubernetes'),
      image,
      instances,
      /** Name of a cluster of EKS. */
      cluster: z.string().min(1).optional(),
      /** Connection of kind `kubernetes`, for any other cluster. */
      connection: z.string().min(1).optional(),
      namespace: z
        .string()
        .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
        .default('default'),
      gateway: z.strictObject({ name: z.string().min(1), namespace: z.string().min(1).optional() }),
      url,
      cpu: z.string().min(1).default('500m'),
      memory: z.string().min(1).default('1Gi'),
      /** With which images are fetched from a private registry. */
      pullSecret: z.string().min(1).optional(),
    })
    .refine(
      ({ cluster, connection }) => (cluster === undefined) !== (connection === undefined),
      'give either cluster or connection',
    ),
]);

export type ServingTarget = z.output<typeof servingTarget>;
export type TargetKind = ServingTarget['kind'];
