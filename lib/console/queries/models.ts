/** Registered models: versions, who moved them and why, what they were made from. */
import { describeGates, describeOther } from '../../tracking/describe-event';
import { getVersion, listVersions, type ModelVersion } from '../../tracking/model-versions';
import { idOf, lineageGraph } from '../../tracking/lineage-graph';
import { getModel, listModels, type RegisteredModel } from '../../tracking/registered-models';
import { listEvents, type RegistryEvent } from '../../tracking/registry-events';
import { readRunDocument } from '../../tracking/run-document';
import { TrackingRefused } from '../../tracking/tracking-refused';
import type { LineageNode } from '../../tracking/lineage';
import type { LineageView, ModelRow, ModelVersionView, ModelView } from '../views/models';
import { numberOrText } from './tracked-runs';

export async function readModels(): Promise<ModelRow[]> {
  return Promise.all(
    (await listModels()).map(async (model) => modelRow(model, (await listVersions(model.name)).length)),
  );
}

/** @throws TrackingRefused */
export async function readModel(name: string): Promise<ModelView> {
  const model = await getModel(name);
  const [versions, events] = await Promise.all([listVersions(name), listEvents(name)]);
  return {
    ...modelRow(model, versions.length),
    list: await Promise.all(versions.map((version) => versionView(model, version))),
    history: events.map((event) => ({
      at: event.at,
      version: event.version,
      what: describeEvent(event),
      reason: event.reason,
      by: event.by,
    })),
  };
}

async function versionView(model: RegisteredModel, version: ModelVersion): Promise<ModelVersionView> {
  const run = version.runId === '' ? undefined : await readRunDocument(version.runId).catch(absent);
  const measured = Object.entries(run?.m ?? {}).map(([name, { v }]) => [name, numberOrText(v)] as const);
  return {
    version: version.version,
    stage: version.stage,
    aliases: Object.keys(model.aliases).filter((alias) => model.aliases[alias] === version.version),
    createdAt: version.createdAt,
    runId: version.runId,
    source: version.source,
    description: version.description,
    tags: version.tags,
    metrics: Object.fromEntries(measured),
    pipelineRun: version.lineage?.logicalRun ?? null,
    commit: version.lineage?.commit ?? null,
  };
}

/** A version outlives the run that made it. */
function absent(error: unknown): undefined {
  if (error instanceof TrackingRefused) return undefined;
  throw error;
}

export async function readVersionLineage(name: string, version: string): Promise<LineageView> {
  const model = await getModel(name);
  const found = await getVersion(name, version);
  return lineageView({ kind: 'version', id: `${model.id}/${found.version}` });
}

export async function lineageView(start: LineageNode): Promise<LineageView> {
  const graph = await lineageGraph(start);
  return {
    start: graph.start,
    nodes: graph.nodes.map((node) => ({
      id: idOf(node),
      kind: node.kind,
      name: node.name,
      detail: node.detail,
      gone: node.gone === true,
    })),
    edges: graph.edges,
  };
}

function modelRow(model: RegisteredModel, versions: number): ModelRow {
  const { name, description, aliases, latest, updatedAt } = model;
  return { name, description, aliases, latest, versions, updatedAt };
}

function describeEvent(event: RegistryEvent): string {
  const other = describeOther(event);
  if (other !== undefined) return other;
  const { stage, alias, archived = [] } = event;
  const parts = [
    ...(stage === undefined ? [] : [`${stage.from} → ${stage.to}`]),
    ...(alias === undefined ? [] : [describeAlias(alias)]),
    ...(archived.length === 0 ? [] : [`archived ${archived.join(', ')}`]),
    ...[describeGates(event)].filter((text) => text !== ''),
  ];
  return `${event.action === 'rollback' ? 'rolled back: ' : ''}${parts.join(', ')}`;
}

function describeAlias({ name, from, to }: NonNullable<RegistryEvent['alias']>): string {
  if (to === null) return `no longer ${name}`;
  return `${name} (before: ${from === null ? 'none' : `version ${from}`})`;
}
