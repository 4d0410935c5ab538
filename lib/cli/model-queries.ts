import { describeGates, describeOther } from '../tracking/describe-event';
import { listVersions } from '../tracking/model-versions';
import { listModels, type RegisteredModel } from '../tracking/registered-models';
import { listEvents, type RegistryEvent } from '../tracking/registry-events';

export interface ModelView {
  readonly name: string;
  readonly aliases: Readonly<Record<string, string>>;
  readonly versions: readonly {
    readonly version: string;
    readonly stage: string;
    readonly aliases: readonly string[];
    readonly createdAt: string;
    readonly runId: string;
    readonly source: string;
    readonly tags: Readonly<Record<string, string>>;
  }[];
  readonly events: readonly {
    readonly at: string;
    readonly version: string;
    readonly what: string;
    readonly reason: string;
    readonly by: string;
  }[];
}

/** Registered models with their versions and decisions, newest first. */
export async function readModels(): Promise<ModelView[]> {
  return Promise.all((await listModels()).map(readModel));
}

export async function readModel({ name, aliases }: RegisteredModel): Promise<ModelView> {
  const [versions, events] = await Promise.all([listVersions(name), listEvents(name)]);
  return {
    name,
    aliases,
    versions: versions.map((version) => ({
      version: version.version,
      stage: version.stage,
      aliases: Object.entries(aliases)
        .filter(([, holder]) => holder === version.version)
        .map(([alias]) => alias),
      createdAt: version.createdAt,
      runId: version.runId,
      source: version.source,
      tags: version.tags,
    })),
    events: events.map((event) => ({
      at: event.at,
      version: event.version,
      what: describe(event),
      reason: event.reason,
      by: event.by,
    })),
  };
}

function describe(event: RegistryEvent): string {
  const other = describeOther(event);
  if (other !== undefined) return other;
  const parts = [
    ...(event.stage === undefined ? [] : [`${event.stage.from} -> ${event.stage.to}`]),
    ...(event.alias === undefined
      ? []
      : [
          event.alias.to === null
            ? `no longer ${event.alias.name}`
            : `${event.alias.name} (before: ${event.alias.from === null ? 'none' : `version ${event.alias.from}`})`,
        ]),
    ...(event.archived === undefined || event.archived.length === 0
      ? []
      : [`archived ${event.archived.join(', ')}`]),
    ...[describeGates(event)].filter((text) => text !== ''),
  ];
  return `${event.action === 'rollback' ? 'rolled back, ' : ''}${parts.join(', ')}`;
}
