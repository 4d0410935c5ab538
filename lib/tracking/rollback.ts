/** Undoes the last promotion of an alias: it goes back to the version that held it before. */
import { promote, type Promotion } from './promotion';
import { getModel } from './registered-models';
import { getVersion } from './model-versions';
import { listEvents, type RegistryEvent } from './registry-events';
import { TrackingRefused } from './tracking-refused';

export interface RollbackRequest {
  readonly name: string;
  readonly alias: string;
  readonly reason: string;
  readonly by: string;
  readonly idempotencyKey?: string;
}

/**
 * The previous holder takes over the stage of the current one, which is archived. A second rollback goes back one more.
 * @throws TrackingRefused when nobody held the alias before, ChampionChanged when it moves meanwhile
 */
export async function rollback(request: RollbackRequest): Promise<Promotion> {
  const model = await getModel(request.name);
  const holder = model.aliases[request.alias];
  if (holder === undefined) {
    const names = Object.keys(model.aliases).join(', ') || 'none';
    throw new TrackingRefused(
      'INVALID_STATE',
      `No version of ${request.name} has the alias '${request.alias}'. Aliases: ${names}.`,
    );
  }
  const previous = holdersOf(await listEvents(request.name), request.alias).at(-2);
  if (previous === undefined) {
    throw new TrackingRefused(
      'INVALID_STATE',
      `Version ${holder} is the first of ${request.name} that has the alias '${request.alias}'; there is none to go back to.`,
    );
  }
  const { stage } = await getVersion(request.name, holder);
  const served = stage === 'Production' || stage === 'Staging';
  return promote({
    name: request.name,
    version: previous,
    stage: served ? stage : (await getVersion(request.name, previous)).stage,
    alias: request.alias,
    archiveExisting: served,
    expected: holder,
    reason: request.reason,
    by: request.by,
    action: 'rollback',
    ...(request.idempotencyKey === undefined ? {} : { idempotencyKey: request.idempotencyKey }),
  });
}

/** The holders of an alias that still count, oldest first: a promotion adds one, a rollback takes back what came after its target. */
function holdersOf(newestFirst: readonly RegistryEvent[], alias: string): string[] {
  const holders: string[] = [];
  for (const event of [...newestFirst].reverse()) {
    if (event.alias?.name !== alias || event.alias.to === null) continue;
    const { to } = event.alias;
    if (event.action === 'rollback') holders.length = holders.lastIndexOf(to) + 1;
    else if (holders.at(-1) !== to) holders.push(to);
  }
  return holders;
}
