/**
 * The gates of a registered model, on every way to an alias or a stage. They are judged under the revision of the model that
 * the move is written under: approvals, alarms, comparisons and moves of aliases change it, so that none slips in between.
 */
import { DoNotRetry } from '../model/errors';
import type { GateResult, PromotionGates } from '../tasks/promotion-gates';
import { judgeGates, type Comparison, type GateFacts } from './judge-gates';
import { versionOf, type ModelVersion } from './model-versions';
import type { RegisteredModel, Stage } from './registered-models';
import { eventsOf, type RegistryEvent } from './registry-events';
import { readRunDocument, type RunDocument } from './run-document';
import { TrackingRefused } from './tracking-refused';

/** A gate of the model does not let the version through. */
export class PromotionRefused extends DoNotRetry {
  override readonly name = 'Millrace.PromotionRefused';

  constructor(
    message: string,
    readonly gates: readonly GateResult[],
  ) {
    super(message);
  }
}

export interface GateTarget {
  /** That the version is to get. */
  readonly alias?: string | undefined;
  /** That the version is to come to. */
  readonly stage?: Stage | undefined;
  /** Who promotes. */
  readonly by: string;
}

/** Whether the gates stand before what the version is to get. What it has already needs no gate. */
export function gatesBefore(
  model: RegisteredModel,
  version: ModelVersion,
  { alias, stage }: Omit<GateTarget, 'by'>,
): PromotionGates['gates'] {
  const { gates } = model;
  if (gates === undefined) return [];
  const gated =
    (alias !== undefined && model.aliases[alias] !== version.version && gates.aliases.includes(alias)) ||
    (stage !== undefined && stage !== version.stage && gates.stages.some((candidate) => candidate === stage));
  return gated ? gates.gates : [];
}

/** Results of the gates that stand before the target; none when it is free. */
export async function tryGates(
  model: RegisteredModel,
  version: ModelVersion,
  target: GateTarget,
): Promise<GateResult[]> {
  const gates = gatesBefore(model, version, target);
  return gates.length === 0 ? [] : judgeGates(gates, await factsOf(model, version, target.by));
}

/** The same for whoever cannot go on without. @throws PromotionRefused that names every gate that failed */
export async function passGates(
  model: RegisteredModel,
  version: ModelVersion,
  target: GateTarget,
): Promise<GateResult[]> {
  const results = await tryGates(model, version, target);
  if (results.every(({ passed }) => passed)) return results;
  throw promotionRefused(model.name, version.version, target, results);
}

export function promotionRefused(
  name: string,
  version: string,
  { alias, stage }: Omit<GateTarget, 'by'>,
  results: readonly GateResult[],
): PromotionRefused {
  const failed = results.filter(({ passed }) => !passed);
  const what = [...(alias === undefined ? [] : [alias]), ...(stage === undefined ? [] : [`in ${stage}`])];
  return new PromotionRefused(
    `Version ${version} of ${name} may not become ${what.join(' and ')}: ${failed.length} of ${results.length} gates refuse it. ${failed
      .map(
        ({ gate, value, limit, detail }) =>
          `${gate} is ${value ?? 'not recorded'}, asked for is ${limit} (${detail})`,
      )
      .join('; ')}.`,
    results,
  );
}

/** What is recorded of a version, as its gates ask for it. */
async function factsOf(model: RegisteredModel, version: ModelVersion, promoter: string): Promise<GateFacts> {
  const [events, run] = await Promise.all([eventsOf(model), runOf(version.runId)]);
  return {
    version: version.version,
    registeredAt: version.createdAt,
    promoter,
    metric: (name) => metricOf(version, run, name),
    champion: (alias) => model.aliases[alias] ?? lastHolder(events, alias),
    comparison: async (metric, other, lowerIsBetter) =>
      comparedBefore(events, version.version, other, metric) ??
      (await comparedByRuns(model, { version, run }, other, { metric, lowerIsBetter })),
    alarms: Object.values(model.driftAlarms ?? {}),
    approvals: events
      .filter((event) => event.action === 'approve' && event.version === version.version)
      .map(({ by }) => by),
  };
}

/** A version outlives the run that made it. */
async function runOf(runId: string): Promise<RunDocument | undefined> {
  if (runId === '') return undefined;
  try {
    return await readRunDocument(runId);
  } catch (error) {
    if (error instanceof TrackingRefused) return undefined;
    throw error;
  }
}

/** That of the run, else the one that the version was registered with. */
function metricOf(version: ModelVersion, run: RunDocument | undefined, name: string): number | undefined {
  const text =
    run?.m[name]?.v ?? run?.m[`test_${name}`]?.v ?? version.tags[name] ?? version.tags[`test_${name}`];
  if (text === undefined || text.trim() === '') return undefined;
  const value = Number(text);
  return Number.isNaN(value) && text !== 'NaN' ? undefined : value;
}

/** Whom an alias was taken from that nobody has now: taking it away does not make way for whatever comes next. */
function lastHolder(newestFirst: readonly RegistryEvent[], alias: string): string | undefined {
  const gone = new Set<string>();
  for (const event of newestFirst) {
    if (event.action === 'delete-version') gone.add(event.version);
    if (event.alias?.name !== alias) continue;
    const holder = event.alias.to ?? event.alias.from;
    return holder === null || gone.has(holder) ? undefined : holder;
  }
  return undefined;
}

function comparedBefore(
  newestFirst: readonly RegistryEvent[],
  version: string,
  other: string,
  metric: string,
): Comparison | undefined {
  return newestFirst.find(
    ({ action, version: of, comparison }) =>
      action === 'compare' &&
      of === version &&
      comparison?.than.version === other &&
      sameMetric(comparison.metric, metric),
  )?.comparison;
}

function sameMetric(one: string, other: string): boolean {
  return one.replace(/^test_/, '') === other.replace(/^test_/, '');
}

/** Both runs recorded the metric, and both were measured on the one held-out data set that they share. */
async function comparedByRuns(
  model: RegisteredModel,
  { version, run }: { readonly version: ModelVersion; readonly run: RunDocument | undefined },
  other: string,
  { metric, lowerIsBetter }: { readonly metric: string; readonly lowerIsBetter: boolean },
): Promise<Comparison | undefined> {
  const champion = await versionOf(model, other).catch(() => undefined);
  if (champion === undefined) return undefined;
  const before = await runOf(champion.runId);
  const [digest] = heldOutOf(run);
  if (digest === undefined || heldOutOf(run).length > 1) return undefined;
  if (heldOutOf(before).length > 1 || heldOutOf(before)[0] !== digest) return undefined;
  const value = metricOf(version, run, metric);
  const than = metricOf(champion, before, metric);
  if (value === undefined || than === undefined) return undefined;
  return {
    metric,
    value,
    than: { version: other, value: than },
    gain: lowerIsBetter ? than - value : value - than,
    digest,
  };
}

const HELD_OUT = /^(?:test|testing|eval|evaluation|holdout|held-out)$/i;

/** Digests of the data sets that a run was measured on. */
function heldOutOf(run: RunDocument | undefined): string[] {
  if (run === undefined) return [];
  const ours = Object.values(run.inputs)
    .filter(({ context }) => HELD_OUT.test(context))
    .map(({ sha256 }) => sha256);
  const clients = Object.values(run.datasets ?? {})
    .filter(({ tags }) => HELD_OUT.test(tags['mlflow.data.context'] ?? ''))
    .map(({ name, digest }) => `${name}#${digest}`);
  return [...new Set([...ours, ...clients])];
}
