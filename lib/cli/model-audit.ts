/** Everything that led to a version of a model and everything it did, out of the tables, in one document. */
import { listApprovals, type Approval } from '../orchestration/approvals';
import { readAudit, type AuditEntry } from '../orchestration/audit';
import { readRun } from '../orchestration/read-run';
import { listChanges, listEndpoints, type EndpointChange } from '../serving/endpoint';
import { lineageGraph, type LineageGraph } from '../tracking/lineage-graph';
import { listVersions, type ModelVersion } from '../tracking/model-versions';
import { listEvents, type RegistryEvent } from '../tracking/registry-events';
import { getRun, type TrackedRun } from '../tracking/runs';
import { CliError, EXIT } from './cli-error';
import { findRegisteredModel } from './find-model';

export interface ModelAudit {
  readonly model: string;
  readonly version: ModelVersion;
  /** Aliases that it holds now. */
  readonly aliases: readonly string[];
  /** Params, metrics and data sets of the run that made it; absent when none is known. */
  readonly training?: Pick<TrackedRun, 'runId' | 'params' | 'metrics' | 'inputs'>;
  /** The run of the pipeline that registered it. */
  readonly pipelineRun?: {
    readonly runId: string;
    readonly pipeline: string;
    readonly status: string;
    readonly startedAt: string;
    readonly approvals: readonly Approval[];
    /** Who started, changed or cancelled it. */
    readonly audit: readonly AuditEntry[];
  };
  readonly lineage: LineageGraph;
  /** Registration, promotions, roll backs of aliases: oldest first. */
  readonly registry: readonly RegistryEvent[];
  /** Deployments of it and roll backs from or to it: oldest first. */
  readonly deployments: readonly EndpointChange[];
  /** Endpoints that it answers now, and as what. */
  readonly serving: readonly { readonly endpoint: string; readonly as: 'stable' | 'candidate' | 'shadow' }[];
  /** The same as a story, oldest first. */
  readonly story: readonly {
    readonly at: string;
    readonly what: string;
    readonly by: string;
    readonly reason: string;
  }[];
}

/** @throws CliError for a model or version that there is not */
export async function auditModel(name: string, version: string): Promise<ModelAudit> {
  const model = await findRegisteredModel(name);
  const versions = await listVersions(name);
  const found = versions.find((one) => one.version === version);
  if (found === undefined)
    throw new CliError(`There is no version ${version} of ${name}.`, {
      code: EXIT.usage,
      where: `${name}/${version}`,
      remedy: `Versions: ${versions.map((one) => one.version).join(', ') || 'none'}.`,
    });
  const [events, endpoints, lineage] = await Promise.all([
    listEvents(name),
    listEndpoints(),
    lineageGraph({ kind: 'version', id: `${model.id}/${version}` }),
  ]);
  const concerns = ({ version: of, alias, archived }: RegistryEvent) =>
    of === version || alias?.from === version || archived?.includes(version) === true;
  const registry = events.filter(concerns).reverse();
  const ours = endpoints.filter((endpoint) => endpoint.model === name);
  const changes = await Promise.all(ours.map(({ endpoint }) => listChanges(endpoint)));
  const deployments = changes
    .flat()
    .filter(({ from, to }) => from === version || to === version)
    .sort((a, b) => (a.at < b.at ? -1 : 1));
  const serving = ours.flatMap(({ endpoint, stable, candidate, shadow }) => [
    ...(stable === version ? [{ endpoint, as: 'stable' as const }] : []),
    ...(candidate?.version === version ? [{ endpoint, as: 'candidate' as const }] : []),
    ...(shadow === version ? [{ endpoint, as: 'shadow' as const }] : []),
  ]);
  const pipelineRun = await runOf(found);
  const training = await trainingOf(found);
  return {
    model: name,
    version: found,
    aliases: Object.entries(model.aliases).flatMap(([alias, holder]) => (holder === version ? [alias] : [])),
    ...(training === undefined ? {} : { training }),
    ...(pipelineRun === undefined ? {} : { pipelineRun }),
    lineage,
    registry,
    deployments,
    serving,
    story: storyOf(registry, deployments, pipelineRun?.approvals ?? [], version),
  };
}

async function runOf({ lineage }: ModelVersion): Promise<ModelAudit['pipelineRun']> {
  if (lineage === undefined) return undefined;
  const run = await readRun(lineage.logicalRun);
  if (run === undefined) return undefined;
  const { runId, pipeline, status, startedAt } = run.record;
  const [approvals, audit] = await Promise.all([listApprovals(runId), readAudit(runId)]);
  return { runId, pipeline, status, startedAt, approvals, audit };
}

async function trainingOf({ runId }: ModelVersion): Promise<ModelAudit['training']> {
  if (runId === '') return undefined;
  const { params, metrics, inputs } = await getRun(runId);
  return { runId, params, metrics, inputs };
}

function storyOf(
  registry: readonly RegistryEvent[],
  deployments: readonly EndpointChange[],
  approvals: readonly Approval[],
  version: string,
): ModelAudit['story'] {
  const told = [
    ...registry.map(({ at, action, by, reason, stage, alias, version: of }) => ({
      at,
      what: [
        of === version ? action : `${action} of version ${of}`,
        ...(stage === undefined || stage.from === stage.to ? [] : [`stage ${stage.from} to ${stage.to}`]),
        ...(alias === undefined
          ? []
          : [`alias ${alias.name} from ${alias.from ?? 'none'} to ${alias.to ?? 'none'}`]),
      ].join(', '),
      by,
      reason,
    })),
    ...deployments.map(({ at, endpoint, action, from, to, by, reason }) => ({
      at,
      what: `${action} at endpoint ${endpoint}, from ${from ?? 'none'} to ${to ?? 'none'}`,
      by,
      reason,
    })),
    ...approvals.flatMap(({ task, decision, decidedAt }) =>
      decision === undefined
        ? []
        : [
            {
              at: decidedAt ?? '',
              what: `${decision.approved ? 'approved' : 'rejected'}: ${task}`,
              by: decision.by,
              reason: decision.comment,
            },
          ],
    ),
  ];
  return told.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
