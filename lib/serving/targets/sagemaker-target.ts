/**
 * A real-time endpoint of SageMaker: a model and a production variant for each version, whose weights are the shares. While
 * SageMaker changes an endpoint, its old variants answer; a change that fails it takes back by itself.
 */
import { createHash } from 'node:crypto';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  ListEndpointConfigsCommand,
  UpdateEndpointCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
  type DescribeEndpointCommandOutput,
} from '@aws-sdk/client-sagemaker';
import { sagemakerClient } from '../../aws/clients/sagemaker';
import type { DesiredSlot, DesiredTarget, TargetDriver, TargetState } from './target';
import { targetName } from './target-names';

type Desired = DesiredTarget<'sagemaker'>;

export const sagemakerTarget: TargetDriver<'sagemaker'> = {
  async bring(desired, memory) {
    const endpoint = await describeEndpoint(desired);
    const config = configName(desired);
    if (endpoint?.EndpointConfigName !== config) await makeConfig(desired, config);
    const name = targetName(desired);
    if (endpoint === undefined) {
      await sagemakerClient().send(
        new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: config }),
      );
      return working(`SageMaker makes the endpoint ${name}.`, config);
    }
    const status = endpoint.EndpointStatus ?? 'Creating';
    if (status === 'Failed')
      return {
        state: 'failed',
        message: `${name}: ${endpoint.FailureReason ?? 'SageMaker gives no reason'}`,
      };
    if (status !== 'InService') return working(`${name} is ${status}.`, memory);
    // First the weights: traffic leaves a bad version in seconds, its variant in minutes.
    if (await setWeights(desired, endpoint)) return working(`${name} shifts traffic.`, memory);
    if (endpoint.EndpointConfigName === config)
      return { state: 'ready', message: `${name} is in service.`, memory: config };
    // It was asked for before, and the endpoint is back at what it was.
    if (memory === config)
      return {
        state: 'failed',
        message: `${name}: ${endpoint.FailureReason ?? 'the update was taken back'}`,
      };
    await sagemakerClient().send(
      new UpdateEndpointCommand({
        EndpointName: name,
        EndpointConfigName: config,
        RetainAllVariantProperties: false,
      }),
    );
    return working(`SageMaker updates ${name}.`, config);
  },

  async remove(desired, versions) {
    const endpoint = await describeEndpoint(desired);
    // What the endpoint uses stays, whoever says otherwise.
    const used = new Set(endpoint?.ProductionVariants?.map(({ VariantName }) => VariantName));
    for (const version of versions) {
      if (used.has(variantOf(version))) continue;
      await ignoring(MISSING, () =>
        sagemakerClient().send(new DeleteModelCommand({ ModelName: targetName(desired, version) })),
      );
    }
    const old = (await configsOf(desired)).filter((name) => name !== endpoint?.EndpointConfigName);
    for (const EndpointConfigName of old)
      await ignoring(MISSING, () =>
        sagemakerClient().send(new DeleteEndpointConfigCommand({ EndpointConfigName })),
      );
  },
};

/** SageMaker says so of what is not there; of what is there already. */
const MISSING = /Could not find|does not exist/i;
const EXISTING = /already exist/i;

function variantOf(version: string): string {
  return `v${version}`;
}

/** Weights are no part of it: they change without a new configuration. */
function configName(desired: Pick<Desired, 'stage' | 'endpoint' | 'target' | 'slots'>): string {
  const { instanceType, instances } = desired.target;
  const variants = desired.slots.map(({ version }) => version).join(',');
  const hash = createHash('sha256').update(`${variants}/${instanceType}/${instances}`).digest('hex');
  return targetName(desired, hash.slice(0, 10));
}

async function configsOf(desired: Desired): Promise<string[]> {
  const like = targetName(desired, '0'.repeat(10));
  const NameContains = like.slice(0, -10);
  const found: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await sagemakerClient().send(new ListEndpointConfigsCommand({ NameContains, NextToken }));
    found.push(...(page.EndpointConfigs ?? []).map(({ EndpointConfigName = '' }) => EndpointConfigName));
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  return found.filter(
    (name) => name.length === like.length && name.startsWith(NameContains) && /[0-9a-f]{10}$/.test(name),
  );
}

/** The one that nobody shares with has it all, held or not: SageMaker knows no endpoint without traffic. */
function weightOf(desired: Desired, version: string): number {
  const [only, ...others] = desired.slots;
  if (others.length === 0) return only?.version === version ? 1 : 0;
  return desired.slots.find((slot) => slot.version === version)?.share ?? 0;
}

async function describeEndpoint(desired: Desired): Promise<DescribeEndpointCommandOutput | undefined> {
  return ignoring(MISSING, () =>
    sagemakerClient().send(new DescribeEndpointCommand({ EndpointName: targetName(desired) })),
  );
}

async function makeConfig(desired: Desired, EndpointConfigName: string): Promise<void> {
  const { instanceType, instances } = desired.target;
  for (const slot of desired.slots) await makeModel(desired, slot);
  const found = await ignoring(MISSING, () =>
    sagemakerClient().send(new DescribeEndpointConfigCommand({ EndpointConfigName })),
  );
  if (found !== undefined) return;
  await ignoring(EXISTING, () =>
    sagemakerClient().send(
      new CreateEndpointConfigCommand({
        EndpointConfigName,
        ProductionVariants: desired.slots.map(({ version }) => ({
          VariantName: variantOf(version),
          ModelName: targetName(desired, version),
          InstanceType: instanceType as never,
          InitialInstanceCount: instances,
          InitialVariantWeight: weightOf(desired, version),
        })),
      }),
    ),
  );
}

async function makeModel(desired: Desired, { version, image, folder }: DesiredSlot): Promise<void> {
  const ModelName = targetName(desired, version);
  const found = await ignoring(MISSING, () =>
    sagemakerClient().send(new DescribeModelCommand({ ModelName })),
  );
  if (found !== undefined) return;
  await ignoring(EXISTING, () =>
    sagemakerClient().send(
      new CreateModelCommand({
        ModelName,
        ExecutionRoleArn: process.env['MILLRACE_TARGET_ROLE'],
        EnableNetworkIsolation: true,
        PrimaryContainer: {
          Image: image,
          Environment: { MILLRACE_MODEL: desired.model, MILLRACE_VERSION: version },
          // An image that is not of one version gets the model folder as it lies there.
          ...(desired.target.image === undefined
            ? {}
            : {
                ModelDataSource: {
                  S3DataSource: { S3Uri: folder, S3DataType: 'S3Prefix', CompressionType: 'None' },
                },
              }),
        },
      }),
    ),
  );
}

/** Returns whether something had to be changed. Variants that are still to come have no weight yet. */
async function setWeights(desired: Desired, endpoint: DescribeEndpointCommandOutput): Promise<boolean> {
  const variants = (endpoint.ProductionVariants ?? []).map(
    ({ VariantName = '', DesiredWeight, CurrentWeight }) => ({
      name: VariantName,
      has: DesiredWeight ?? CurrentWeight ?? 0,
      wanted: weightOf(desired, VariantName.slice(1)),
    }),
  );
  // Those that are wanted are not there yet: the ones that are keep their traffic.
  if (variants.every(({ wanted }) => wanted === 0)) return false;
  const changed = variants.filter(({ has, wanted }) => Math.abs(has - wanted) > 1e-6);
  if (changed.length === 0) return false;
  await sagemakerClient().send(
    new UpdateEndpointWeightsAndCapacitiesCommand({
      EndpointName: targetName(desired),
      DesiredWeightsAndCapacities: changed.map(({ name, wanted }) => ({
        VariantName: name,
        DesiredWeight: wanted,
      })),
    }),
  );
  return true;
}

function working(message: string, memory: string | undefined): TargetState {
  return { state: 'working', message, ...(memory === undefined ? {} : { memory }) };
}

async function ignoring<T>(expected: RegExp, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && error.name === 'ValidationException' && expected.test(error.message))
      return undefined;
    throw error;
  }
}
