/** Creates what the templates of a cloud assembly describe, in the order in which resources need each other. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PROVIDERS, type Deployed, type DeployServices } from './providers';
import { resolveIntrinsics, UnresolvedReference } from './intrinsics';

interface Template {
  readonly Resources?: Readonly<
    Record<
      string,
      {
        readonly Type: string;
        readonly Properties?: object;
        readonly Metadata?: object;
        readonly Condition?: string;
      }
    >
  >;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
}

interface Manifest {
  readonly artifacts: Readonly<
    Record<
      string,
      {
        readonly type: string;
        readonly dependencies?: readonly string[];
        readonly properties?: { readonly templateFile?: string };
      }
    >
  >;
}

export interface DeployResult {
  readonly stacks: readonly string[];
  readonly resources: number;
  /** Types that have no counterpart here. */
  readonly notices: readonly string[];
}

/** The template refers to something that no resource of it gives. */
export class UndeployableTemplate extends Error {
  override readonly name = 'Millrace.UndeployableTemplate';
  readonly remedy = 'Synthesise again; if it stays, the template itself is wrong.';
}

export async function deployAssembly(
  directory: string,
  services: Omit<DeployServices, 'asset' | 'stack' | 'kept'>,
): Promise<DeployResult> {
  const manifest = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as Manifest;
  const stacks = Object.entries(manifest.artifacts).filter(
    ([, artifact]) => artifact.type === 'aws:cloudformation:stack',
  );
  // The core comes first: its names are what the others take for granted.
  stacks.sort(([a], [b]) => Number(b.endsWith('-core')) - Number(a.endsWith('-core')) || a.localeCompare(b));
  const notices: string[] = [];
  const kept = {
    rules: new Set<string>(),
    schedules: new Set<string>(),
    alarms: new Set<string>(),
    subscriptions: new Set<string>(),
  };
  let resources = 0;
  for (const [name, artifact] of stacks) {
    const template = JSON.parse(
      readFileSync(join(directory, artifact.properties?.templateFile ?? ''), 'utf8'),
    ) as Template;
    resources += await deployStack(
      name,
      template,
      {
        ...services,
        stack: name,
        kept,
        asset: (key) => resolve(directory, `asset.${key.replace(/\.zip$/, '')}`),
      },
      notices,
    );
  }
  // A pipeline that is gone starts no more; its history stays.
  services.events.retain(kept.rules);
  services.scheduler.retain(kept.schedules);
  services.alarms.retain(kept.alarms);
  services.logs.subscriptions.retain(kept.subscriptions);
  return { stacks: stacks.map(([name]) => name), resources, notices: [...new Set(notices)] };
}

async function deployStack(
  stack: string,
  template: Template,
  services: DeployServices,
  notices: string[],
): Promise<number> {
  const deployed = new Map<string, Deployed>();
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': services.account,
    'AWS::Region': services.region,
    'AWS::Partition': 'aws',
    'AWS::StackName': stack,
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackId': `arn:aws:cloudformation:${services.region}:${services.account}:stack/${stack}/local`,
  };
  const resolution = {
    ref: (id: string): unknown => pseudo[id] ?? deployed.get(id)?.ref ?? template.Parameters?.[id]?.Default,
    getAtt: (id: string, attribute: string): unknown => deployed.get(id)?.attributes[attribute],
    condition: (name: string): boolean => resolveIntrinsics(template.Conditions?.[name], resolution) === true,
  };
  let waiting = Object.entries(template.Resources ?? {}).filter(
    ([, resource]) => resource.Condition === undefined || resolution.condition(resource.Condition),
  );
  const count = waiting.length;
  while (waiting.length > 0) {
    const later: typeof waiting = [];
    let missing = '';
    for (const [id, resource] of waiting) {
      const provider = PROVIDERS[resource.Type];
      if (provider === undefined) {
        if (resource.Type !== 'AWS::CDK::Metadata')
          notices.push(`${resource.Type} has no counterpart in the local cloud.`);
        deployed.set(id, { ref: id, attributes: {} });
        continue;
      }
      try {
        deployed.set(
          id,
          await provider(
            services,
            id,
            resolveIntrinsics(resource.Properties ?? {}, resolution) as never,
            resolveIntrinsics(resource.Metadata ?? {}, resolution) as never,
          ),
        );
      } catch (error) {
        if (!(error instanceof UnresolvedReference)) throw error;
        missing = `${id} needs ${error.message}`;
        later.push([id, resource]);
      }
    }
    if (later.length === waiting.length)
      throw new UndeployableTemplate(
        `The template of ${stack} cannot be deployed: ${missing}, which nothing gives.`,
      );
    waiting = later;
  }
  return count;
}
