/** Fargate: a task definition, a service and a target group for each version; the listener's rules share the traffic. */
import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
  type RegisterTaskDefinitionCommandInput,
  type Service,
  type TaskDefinition,
} from '@aws-sdk/client-ecs';
import { ecsClient } from '../../aws/clients/ecs';
import { deleteGroup, ensureGroup, setRules } from './ecs-routing';
import type { DesiredSlot, DesiredTarget, TargetDriver } from './target';
import { targetName } from './target-names';

type Desired = DesiredTarget<'ecs'>;

const PORT = 8080;
/** A model is loaded before its server answers. */
const GRACE_SECONDS = 120;

export const ecsTarget: TargetDriver<'ecs'> = {
  async bring(desired) {
    const groups = new Map<string, string>();
    for (const { version } of desired.slots) groups.set(version, await ensureGroup(desired, version));
    const services = await findServices(desired);
    const states = desired.slots.map((slot) => ({
      ...slot,
      ...progressOf(services.get(targetName(desired, slot.version)), desired),
    }));
    const waiting = states.filter(({ state }) => state !== 'ready');
    await setRules(desired, groups, !waiting.some(({ share }) => share > 0));
    for (const slot of desired.slots) {
      const found = services.get(targetName(desired, slot.version));
      await ensureService(desired, slot, groups.get(slot.version) ?? '', found);
    }
    const failed = states.find(({ state }) => state === 'failed');
    if (failed !== undefined)
      return { state: 'failed', message: `Version ${failed.version}: ${failed.message}` };
    if (waiting.length > 0)
      return {
        state: 'working',
        message: waiting.map(({ version, message }) => `Version ${version}: ${message}`).join(' '),
      };
    return { state: 'ready', message: `${targetName(desired)} runs in ${desired.target.cluster}.` };
  },

  async remove(desired, versions) {
    const { cluster } = desired.target;
    for (const version of versions) {
      try {
        await ecsClient().send(
          new DeleteServiceCommand({ cluster, service: targetName(desired, version), force: true }),
        );
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'ServiceNotFoundException') throw error;
      }
      await deleteGroup(desired, version);
    }
  },
};

/** Those that run; a service that was deleted is described for some time as inactive. */
async function findServices(desired: Desired): Promise<ReadonlyMap<string, Service>> {
  const names = desired.slots.map(({ version }) => targetName(desired, version));
  if (names.length === 0) return new Map();
  const { services = [] } = await ecsClient().send(
    new DescribeServicesCommand({ cluster: desired.target.cluster, services: names }),
  );
  return new Map(
    services
      .filter(({ status }) => status === 'ACTIVE')
      .map((service) => [service.serviceName ?? '', service]),
  );
}

function progressOf(
  service: Service | undefined,
  { target }: Desired,
): { readonly state: 'working' | 'ready' | 'failed'; readonly message: string } {
  if (service === undefined) return { state: 'working', message: 'Its service is being made.' };
  const primary = service.deployments?.find(({ status }) => status === 'PRIMARY');
  const message = `${primary?.runningCount ?? 0} of ${target.instances} tasks run.`;
  if (primary?.rolloutState === 'FAILED')
    return { state: 'failed', message: primary.rolloutStateReason ?? message };
  const runs = primary?.rolloutState === 'COMPLETED' && (primary.runningCount ?? 0) >= target.instances;
  return { state: runs ? 'ready' : 'working', message };
}

async function ensureService(
  desired: Desired,
  slot: DesiredSlot,
  targetGroupArn: string,
  found: Service | undefined,
): Promise<void> {
  const { target } = desired;
  const name = targetName(desired, slot.version);
  const taskDefinition = await ensureDefinition(desired, slot);
  if (found !== undefined) {
    if (found.taskDefinition !== taskDefinition || found.desiredCount !== target.instances)
      await ecsClient().send(
        new UpdateServiceCommand({
          cluster: target.cluster,
          service: name,
          taskDefinition,
          desiredCount: target.instances,
        }),
      );
    return;
  }
  await ecsClient().send(
    new CreateServiceCommand({
      cluster: target.cluster,
      serviceName: name,
      taskDefinition,
      desiredCount: target.instances,
      launchType: 'FARGATE',
      healthCheckGracePeriodSeconds: GRACE_SECONDS,
      loadBalancers: [{ targetGroupArn, containerName: 'model', containerPort: PORT }],
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: target.subnets,
          securityGroups: target.securityGroups,
          assignPublicIp: target.publicIp ? 'ENABLED' : 'DISABLED',
        },
      },
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: false } },
      propagateTags: 'SERVICE',
      tags: [{ key: 'millrace:stage', value: desired.stage }],
    }),
  );
}

/** The last revision when it is as it should be, else a new one. */
async function ensureDefinition(desired: Desired, slot: DesiredSlot): Promise<string> {
  const wanted = definitionOf(desired, slot);
  const found = await findDefinition(wanted.family ?? '');
  if (found?.taskDefinitionArn !== undefined && fits(found, wanted)) return found.taskDefinitionArn;
  const { taskDefinition } = await ecsClient().send(new RegisterTaskDefinitionCommand(wanted));
  return taskDefinition?.taskDefinitionArn ?? '';
}

async function findDefinition(family: string): Promise<TaskDefinition | undefined> {
  try {
    const { taskDefinition } = await ecsClient().send(
      new DescribeTaskDefinitionCommand({ taskDefinition: family }),
    );
    return taskDefinition;
  } catch (error) {
    // ECS says so of a family that it does not know.
    if (error instanceof Error && error.name === 'ClientException') return undefined;
    throw error;
  }
}

function fits(found: TaskDefinition, wanted: RegisterTaskDefinitionCommandInput): boolean {
  const [has, should] = [found.containerDefinitions?.[0], wanted.containerDefinitions?.[0]];
  const environment = (of: typeof has) =>
    JSON.stringify((of?.environment ?? []).map(({ name, value }) => `${name}=${value}`).sort());
  return (
    found.cpu === wanted.cpu &&
    found.memory === wanted.memory &&
    has?.image === should?.image &&
    environment(has) === environment(should)
  );
}

function definitionOf(
  desired: Desired,
  { version, image, folder }: DesiredSlot,
): RegisterTaskDefinitionCommandInput {
  const { target } = desired;
  const role = process.env['MILLRACE_TARGET_ROLE'];
  return {
    family: targetName(desired, version),
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: String(target.cpu),
    memory: String(target.memoryMb),
    executionRoleArn: role,
    taskRoleArn: role,
    containerDefinitions: [
      {
        name: 'model',
        image,
        essential: true,
        environment: [
          { name: 'MILLRACE_MODEL', value: desired.model },
          { name: 'MILLRACE_VERSION', value: version },
          { name: 'MILLRACE_MODEL_URI', value: folder },
        ],
        portMappings: [{ containerPort: PORT, protocol: 'tcp' }],
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': process.env['MILLRACE_TARGET_LOGS'] ?? '',
            'awslogs-region': process.env['AWS_REGION'] ?? '',
            'awslogs-stream-prefix': desired.endpoint,
          },
        },
      },
    ],
  };
}
