/**
 * Promotions. Stage, alias, listing and the event that tells who, why, from and to move in one transaction or not at all.
 * An alias is one item, so at most one version has it.
 */
import { randomUUID } from 'node:crypto';
import { NEW, put, TableBusy, update, type Write } from '../aws/dynamo-table';
import { pauseBefore } from '../aws/pause';
import { trackingTable } from '../aws/tables';
import { DoNotRetry } from '../model/errors';
import { tellAliasMoved } from './alias-events';
import { aliasKey, doneKey, versionKey } from './keys';
import type { GateResult } from '../tasks/promotion-gates';
import { promotionRefused, tryGates } from './gates';
import { inTurn } from './in-turn';
import { checkAlias } from './limits';
import { latestOf, noVersion, versionsOf, type ModelVersion } from './model-versions';
import { getModel, modelWrites, type RegisteredModel, type Stage } from './registered-models';
import { eventWrite, type RegistryEvent } from './registry-events';
import { tellRegistry, type Happened } from './tell-registry';
import { TrackingRefused } from './tracking-refused';

export interface PromotionRequest {
  readonly name: string;
  readonly version: string;
  /** @default the one that it is in */
  readonly stage?: Stage | undefined;
  /** @default the aliases stay where they are */
  readonly alias?: string | undefined;
  /** Moves other versions in that stage to Archived; for Staging and Production. */
  readonly archiveExisting: boolean;
  /** Version that must hold the alias now; `null`: none. @default any */
  readonly expected?: string | null | undefined;
  readonly reason: string;
  readonly by: string;
  /** The same key promotes once. @default every call is its own */
  readonly idempotencyKey?: string | undefined;
  /** @default 'promote' */
  readonly action?: 'promote' | 'rollback' | 'transition';
  /** Goes on although a gate of the model refuses; recorded with the reason. @default false */
  readonly force?: boolean | undefined;
}

export interface Promotion {
  readonly version: string;
  readonly stage: Stage;
  readonly alias: string | null;
  /** Version that held the alias before. */
  readonly previous: string | null;
  /** What was found at the gates of the model; empty when none stood in the way. */
  readonly gates: readonly GateResult[];
  /** Whether it was done although a gate refused it. */
  readonly forced: boolean;
}

/** The alias is not where it was when the promotion was decided. */
export class ChampionChanged extends DoNotRetry {
  override readonly name = 'Millrace.ChampionChanged';
}

const MAX_ATTEMPTS = 40;
/** Versions that one transaction of 100 items may archive besides its other writes. */
const MAX_ARCHIVED = 90;

/** A rollback passes no gates: back must always be possible. @throws ChampionChanged, PromotionRefused, TrackingRefused */
export async function promote(request: PromotionRequest): Promise<Promotion> {
  checkRequest(request);
  return inTurn(`model ${request.name}`, async () => promoted(request));
}

async function promoted(request: PromotionRequest): Promise<Promotion> {
  const table = trackingTable();
  const key = request.idempotencyKey ?? randomUUID();
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await pauseBefore(attempt, 5, 200);
    // The model is read first: whatever is read after it is current as long as its revision still stands at the write.
    const model = await getModel(request.name);
    const done = await table.get<Promotion>(doneKey(model.id, key));
    if (done !== undefined) {
      await tellPromotion(request, done, key);
      // Those of before there were gates lack them.
      return { ...done, gates: done.gates ?? [], forced: done.forced ?? false };
    }
    const versions = await versionsOf(model);
    const target = versions.find((version) => version.version === request.version);
    if (target === undefined) throw noVersion(request.name, request.version);
    checkExpected(request, model);
    const gates = request.action === 'rollback' ? [] : await tryGates(model, target, request);
    const refusedByGate = gates.some(({ passed }) => !passed);
    if (refusedByGate && request.force !== true)
      throw promotionRefused(model.name, target.version, request, gates);
    const judged = { gates, forced: refusedByGate };
    const { promotion, writes } = planPromotion(request, model, target, versions, judged);
    const refused = await table.transact([...writes, put({ ...doneKey(model.id, key), ...promotion }, NEW)]);
    if (refused === undefined) {
      await tellRegistry(model, model.rev + 1, ...happenedIn(request, promotion, target.stage));
      await tellPromotion(request, promotion, key);
      return promotion;
    }
  }
  throw new TableBusy(table.name);
}

async function tellPromotion(
  { name, action = 'promote', by, reason }: PromotionRequest,
  { alias, version, previous }: Promotion,
  id: string,
): Promise<void> {
  if (alias === null || previous === version) return;
  await tellAliasMoved({ model: name, alias, version, previous, action, by, reason, id });
}

/** For webhooks and rules of the bus. */
function happenedIn(
  { name }: PromotionRequest,
  { alias, version, previous, stage }: Promotion,
  previous_stage: Stage,
): Happened[] {
  return [
    ...(alias === null || previous === version
      ? []
      : [{ entity: 'model_version_alias', action: 'created', data: { name, alias, version } } as const]),
    ...(stage === previous_stage
      ? []
      : [
          {
            entity: 'model_version_stage',
            action: 'changed',
            data: { name, version, stage, previous_stage },
          } as const,
        ]),
  ];
}

function planPromotion(
  request: PromotionRequest,
  model: RegisteredModel,
  target: ModelVersion,
  versions: readonly ModelVersion[],
  judged: Pick<Promotion, 'gates' | 'forced'>,
): { promotion: Promotion; writes: Write[] } {
  const { alias, stage = target.stage } = request;
  const holder = alias === undefined ? null : (model.aliases[alias] ?? null);
  const archived = request.archiveExisting
    ? versions.filter((other) => other.stage === stage && other !== target)
    : [];
  if (archived.length > MAX_ARCHIVED) {
    throw new TrackingRefused(
      'INVALID_STATE',
      `${archived.length} versions of ${model.name} are in stage ${stage}; at most ${MAX_ARCHIVED} can be archived at once. Archive some of them first.`,
    );
  }
  const at = new Date().toISOString();
  const promotion: Promotion = {
    version: request.version,
    stage,
    alias: alias ?? null,
    previous: holder,
    ...judged,
  };
  const event: RegistryEvent = {
    at,
    action: request.action ?? 'promote',
    version: request.version,
    by: request.by,
    reason: request.reason,
    ...(request.stage === undefined ? {} : { stage: { from: target.stage, to: stage } }),
    ...(alias === undefined ? {} : { alias: { name: alias, from: holder, to: request.version } }),
    ...(archived.length === 0 ? {} : { archived: archived.map((other) => other.version) }),
    ...(judged.gates.length === 0 ? {} : { gates: judged.gates }),
    ...(judged.forced ? { forced: true } : {}),
  };
  const stageAfter = (version: ModelVersion): Stage =>
    version === target ? stage : archived.includes(version) ? 'Archived' : version.stage;
  const writes = [
    ...modelWrites(model, {
      latest: latestOf(versions, stageAfter),
      aliases: alias === undefined ? model.aliases : { ...model.aliases, [alias]: request.version },
      updatedAt: at,
    }),
    ...[target, ...archived].map((version) => stageWrite(model, version, stageAfter(version), at)),
    ...(alias === undefined
      ? []
      : [put({ ...aliasKey(model.id, alias), version: request.version, setAt: at, setBy: request.by })]),
    eventWrite(model, event),
  ];
  return { promotion, writes };
}

function stageWrite(model: RegisteredModel, version: ModelVersion, stage: Stage, at: string): Write {
  return update(versionKey(model.id, Number(version.version)), {
    UpdateExpression: 'SET #stage = :stage, updatedAt = :at',
    ConditionExpression: '#stage = :was',
    ExpressionAttributeNames: { '#stage': 'stage' },
    ExpressionAttributeValues: { ':stage': stage, ':was': version.stage, ':at': at },
  });
}

/** @throws ChampionChanged */
function checkExpected(request: PromotionRequest, model: RegisteredModel): void {
  const holder = request.alias === undefined ? null : (model.aliases[request.alias] ?? null);
  if (request.expected !== undefined && request.expected !== holder) throw championChanged(request, holder);
}

function checkRequest({ alias, expected, archiveExisting, stage }: PromotionRequest): void {
  if (alias !== undefined) checkAlias(alias);
  if (alias === undefined && expected !== undefined) {
    throw new TrackingRefused(
      'INVALID_PARAMETER_VALUE',
      "`expected` says which version must hold the alias, but no alias is given. Name the alias, e.g. 'champion'.",
    );
  }
  if (archiveExisting && stage !== 'Staging' && stage !== 'Production') {
    throw new TrackingRefused(
      'INVALID_PARAMETER_VALUE',
      `Existing versions are archived only for Staging and Production, not for ${stage ?? 'the stage that a version is in'}.`,
    );
  }
}

function championChanged(request: PromotionRequest, holder: string | null): ChampionChanged {
  const held = (version: string | null) => (version === null ? 'free' : `at version ${version}`);
  return new ChampionChanged(
    `The alias '${request.alias}' of ${request.name} is ${held(holder)} now; it was ${held(request.expected ?? null)} when version ${request.version} was compared. Compare it again, then promote.`,
  );
}
