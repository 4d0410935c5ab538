/** Everything that the launcher function is asked for, by schedules, events, people and other pipelines. */
import { z } from 'zod';
import { resourceNames } from '../aws/environment';
import type { Json } from '../model/json';
import { DoNotRetry } from '../model/errors';
import { decideApproval, type Decision } from './approvals';
import { recordPipelineAudit } from './audit';
import { checkDeadlines } from './alerts/deadline';
import { backfill, backfillProgress, cancelBackfill, listBackfills } from './backfill';
import { sweep } from './after-run';
import { cancelRun, markTask } from './change-run';
import { feedBackfill } from './feed-backfill';
import { datasetUpdated } from './dataset-updated';
import { launchRun, type LaunchRequest } from './launch-run';
import { readState, setPaused } from './pipeline-state';
import type { Place } from './place';
import { admit } from './queue';
import { acquireSlots, releaseSlots } from './pools';
import { rerun } from './rerun';
import { rollBack } from './rollback';
import { serveTicks } from './serve-ticks';

export class InvalidRequest extends DoNotRetry {
  override readonly name = 'Millrace.InvalidRequest';
}

const pipeline = z.string().min(1);
const runId = z.string().min(1);
const who = { by: z.string().default('unknown'), why: z.string().optional() };

const request = z.discriminatedUnion('action', [
  /** The schedule rang. */
  z.strictObject({ action: z.literal('tick'), pipeline, scheduledTime: z.string().optional() }),
  /** A stack of this stage was created or updated. */
  z.strictObject({ action: z.literal('deployed'), stack: z.string() }),
  /** A file came to lie under a prefix that a trigger watches. */
  z.strictObject({
    action: z.literal('object-created'),
    pipeline,
    param: z.string().optional(),
    bucket: z.string(),
    key: z.string(),
    size: z.coerce.number().optional(),
    version: z.string().optional(),
    sequencer: z.string().optional(),
  }),
  /** A task of another pipeline updated a dataset that a trigger waits for. */
  z.strictObject({
    action: z.literal('dataset-updated'),
    pipeline,
    datasets: z.array(z.string()).min(1),
    mode: z.enum(['any', 'all']),
    per: z.enum(['date', 'key']).optional(),
    param: z.string().optional(),
    dataset: z.string(),
    partitionKey: z.string().min(1).max(256).optional(),
    run: z.string(),
    task: z.string(),
    logicalDate: z.iso.datetime({ offset: true }),
    updatedAt: z.string(),
  }),
  /** An alias of a registered model that a trigger watches came to another version. */
  z.strictObject({
    action: z.literal('alias-moved'),
    pipeline,
    model: z.string(),
    alias: z.string(),
    version: z.string(),
    /** Of the change; a repetition has the same. */
    id: z.string(),
    params: z.strictObject({ model: z.string().optional(), version: z.string().optional() }).default({}),
  }),
  z.strictObject({ action: z.literal('pause'), pipeline, ...who }),
  z.strictObject({ action: z.literal('resume'), pipeline, ...who }),
  z.strictObject({
    action: z.literal('backfill'),
    pipeline,
    from: z.string(),
    to: z.string(),
    maxActive: z.number().optional(),
    reprocess: z.enum(['none', 'failed', 'all']).optional(),
    dryRun: z.boolean().optional(),
    stopOnFailure: z.boolean().optional(),
    confirmed: z.boolean().optional(),
    ...who,
  }),
  z.strictObject({ action: z.literal('backfill-progress'), pipeline, id: z.string() }),
  z.strictObject({ action: z.literal('backfill-list'), pipeline }),
  z.strictObject({ action: z.literal('backfill-cancel'), pipeline, id: z.string(), ...who }),
  z.strictObject({
    action: z.literal('rerun'),
    runId,
    clear: z.union([z.literal('all'), z.array(z.string())]).optional(),
    code: z.enum(['then', 'now']).optional(),
    ...who,
  }),
  z.strictObject({ action: z.literal('cancel'), runId, pipeline: pipeline.optional(), ...who }),
  z.strictObject({
    action: z.literal('mark'),
    runId,
    task: z.string(),
    status: z.enum(['success', 'failed']),
    out: z.json().optional(),
    ...who,
  }),
  z.strictObject({
    action: z.literal('decide'),
    runId,
    task: z.string(),
    approved: z.boolean(),
    comment: z.string().optional(),
    values: z.record(z.string(), z.json()).optional(),
    by: who.by,
  }),
  z.strictObject({
    action: z.literal('rollback'),
    pipeline,
    version: z.number().int().min(1).optional(),
    ...who,
  }),
  z.strictObject({ action: z.literal('sweep') }),
  /** A task waits for slots of a pool; its token is answered when it has them. */
  z.strictObject({
    action: z.literal('pool-acquire'),
    pool: z.string(),
    size: z.number().int().min(1),
    slots: z.number().int().min(1),
    task: z.string(),
    execution: z.string(),
    token: z.string(),
  }),
  z.strictObject({
    action: z.literal('pool-release'),
    pool: z.string().optional(),
    pools: z.array(z.string()).optional(),
    task: z.string(),
    execution: z.string(),
  }),
  /** Are runs of the pipeline late? */
  z.strictObject({ action: z.literal('deadlines'), pipeline }),
]);

/** A request without an action launches a run. @throws InvalidRequest, and what the actions throw */
export async function answer(event: unknown, place: Place): Promise<unknown> {
  if (typeof event !== 'object' || event === null || !('action' in event)) return launch(event, place);
  const parsed = request.safeParse(event);
  if (!parsed.success)
    throw new InvalidRequest(
      `The launcher was asked for something it does not know: ${z.prettifyError(parsed.error)}`,
    );
  const { data } = parsed;
  switch (data.action) {
    case 'tick':
      return serveTicks(data.pipeline, 'tick', place);
    case 'deployed':
      return deployed(data.stack, place);
    case 'object-created':
      requireDataBucket(data);
      return launchRun(
        {
          pipeline: data.pipeline,
          trigger: 'object-created',
          // The key in an event is encoded as in a form.
          ...(data.param === undefined ? {} : { params: { [data.param]: decodeKey(data.key) } }),
          token: JSON.stringify([data.bucket, data.key, data.version ?? data.sequencer ?? '']),
        },
        place,
      );
    case 'dataset-updated':
      return (await datasetUpdated(withoutUndefined(data), place)) ?? {};
    case 'alias-moved':
      return launchRun(
        {
          pipeline: data.pipeline,
          trigger: 'alias-moved',
          params: {
            ...(data.params.model === undefined ? {} : { [data.params.model]: data.model }),
            ...(data.params.version === undefined ? {} : { [data.params.version]: data.version }),
          },
          token: JSON.stringify([data.model, data.alias, data.version, data.id]),
        },
        place,
      );
    case 'pause':
    case 'resume': {
      const { by, why } = data;
      const at = place.now().toISOString();
      await recordPipelineAudit(
        data.pipeline,
        { action: data.action, by, ...(why === undefined ? {} : { why }) },
        place,
      );
      await setPaused(data.pipeline, data.action === 'pause', {
        by,
        at,
        ...(why === undefined ? {} : { why }),
      });
      const served = data.action === 'resume' ? await serveTicks(data.pipeline, 'resumed', place) : undefined;
      return { ...(await readState(data.pipeline)), runIds: served?.runIds ?? [] };
    }
    case 'backfill':
      return backfill(withoutUndefined(data), place);
    case 'backfill-progress':
      // Whoever waits for it sees to it that it goes on.
      if ((await feedBackfill(data.pipeline, data.id, place)) > 0) await admit(data.pipeline, place);
      return backfillProgress(data.pipeline, data.id);
    case 'backfill-list':
      return listBackfills(data.pipeline);
    case 'backfill-cancel': {
      const { id, by, why } = data;
      const details = { id };
      await recordPipelineAudit(
        data.pipeline,
        { action: 'backfill-cancel', by, ...(why === undefined ? {} : { why }), details },
        place,
      );
      return { removed: await cancelBackfill(data.pipeline, id) };
    }
    case 'rerun':
      return rerun(withoutUndefined(data), place);
    case 'cancel':
      return { outcome: await cancelRun(data.runId, data.pipeline, withoutUndefined(data), place) };
    case 'mark': {
      const { status, out } = data;
      const mark = { status, ...(out === undefined ? {} : { out: out as Json }) };
      await markTask(data.runId, data.task, mark, withoutUndefined(data), place);
      return {};
    }
    case 'decide': {
      const { approved, comment, values, by } = data;
      return decideApproval(
        data.runId,
        data.task,
        withoutUndefined({ approved, comment, values }) as Decision,
        by,
        place.now(),
      );
    }
    case 'pool-acquire':
      return acquireSlots(data, place);
    case 'pool-release':
      for (const pool of [...(data.pools ?? []), ...(data.pool === undefined ? [] : [data.pool])])
        await releaseSlots({ ...data, pool }, place);
      return {};
    case 'rollback':
      return rollBack(withoutUndefined(data), place);
    case 'sweep':
      return sweep(place);
    case 'deadlines':
      return { late: await checkDeadlines(data.pipeline, place) };
  }
}

async function launch(event: unknown, place: Place): Promise<unknown> {
  const asked = (event ?? {}) as Partial<LaunchRequest>;
  if (typeof asked !== 'object' || typeof asked.pipeline !== 'string' || asked.pipeline === '')
    throw new InvalidRequest(
      'The launcher was asked to run no pipeline. Name one, like {"pipeline": "credit-risk"}; everything else it does has an "action".',
    );
  return launchRun(asked as LaunchRequest, place);
}

/** Stacks of pipelines are named `millrace-<stage>-<pipeline>`; the core stack has no schedule. */
async function deployed(stack: string, place: Place): Promise<unknown> {
  const name = /:stack\/([^/]+)\//.exec(stack)?.[1] ?? stack;
  const prefix = `millrace-${resourceNames().stage}-`;
  const id = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  return id === '' || id === 'core' ? { runIds: [] } : serveTicks(id, 'deployed', place);
}

/** The params of a pipeline get keys of the data bucket: the same key of another bucket is another object. */
function requireDataBucket({ bucket, key }: { readonly bucket: string; readonly key: string }): void {
  const own = resourceNames().bucket;
  if (bucket === own) return;
  throw new InvalidRequest(
    `The object '${decodeKey(key)}' came to lie in the bucket '${bucket}'; only objects of '${own}' start pipelines. Copy it there, or remove the rule that sends its events.`,
  );
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Defined<T>;
}
