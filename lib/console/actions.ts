/**
 * What people do in the console. All of it goes through the launcher function or the registry, which check it again; who
 * asks is said by the console, not by the page.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { JsonObject } from '../model/json';
import { approveVersion } from '../tracking/gate-records';
import { promote } from '../tracking/promotion';
import { rollback } from '../tracking/rollback';
import { askLauncher } from './ask-launcher';
import { ConsoleError } from './console-error';
import type { ConsoleOptions } from './console-options';

const id = z.string().min(1).max(200);
const why = z.string().max(2000).optional();
const reason = z.string().trim().min(1, 'Say why.').max(2000);

const action = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('start'),
    pipeline: id,
    params: z.record(z.string(), z.json()),
    /** The same token starts one run, however often it is sent. */
    token: z.string().min(1).max(200).optional(),
    cache: z.boolean().optional(),
  }),
  z.strictObject({ action: z.literal('pause'), pipeline: id, why }),
  z.strictObject({ action: z.literal('resume'), pipeline: id, why }),
  z.strictObject({
    action: z.literal('backfill'),
    pipeline: id,
    from: z.string().min(1),
    to: z.string().min(1),
    maxActive: z.number().int().min(1).max(1000).optional(),
    reprocess: z.enum(['none', 'failed', 'all']).optional(),
    stopOnFailure: z.boolean().optional(),
    dryRun: z.boolean().optional(),
    confirmed: z.boolean().optional(),
  }),
  z.strictObject({ action: z.literal('backfill-cancel'), pipeline: id, id }),
  z.strictObject({
    action: z.literal('rerun'),
    runId: id,
    clear: z.union([z.literal('all'), z.array(z.string())]).optional(),
    why,
  }),
  z.strictObject({ action: z.literal('cancel'), runId: id, pipeline: id.optional(), why }),
  z.strictObject({
    action: z.literal('mark'),
    runId: id,
    task: id,
    status: z.enum(['success', 'failed']),
    out: z.json().optional(),
    why,
  }),
  z.strictObject({
    action: z.literal('decide'),
    runId: id,
    task: id,
    approved: z.boolean(),
    comment: z.string().max(2000).optional(),
    values: z.record(z.string(), z.json()).optional(),
  }),
  z.strictObject({
    action: z.literal('promote'),
    name: id,
    version: id,
    alias: z.string().min(1).max(256).optional(),
    stage: z.enum(['None', 'Staging', 'Production', 'Archived']).optional(),
    archiveExisting: z.boolean().default(false),
    /** Version that the page showed as the holder of the alias; `null`: none. */
    expected: z.string().nullable().optional(),
    /** Goes on although a gate of the model refuses; recorded with the reason. */
    force: z.boolean().optional(),
    reason,
  }),
  z.strictObject({ action: z.literal('approve-version'), name: id, version: id, reason }),
  z.strictObject({ action: z.literal('rollback'), name: id, alias: z.string().min(1).max(256), reason }),
]);

/** @throws ConsoleError, LauncherRefused, TrackingRefused, ChampionChanged, PromotionRefused */
export async function act(body: unknown, { by, readOnly }: ConsoleOptions): Promise<JsonObject> {
  if (readOnly)
    throw new ConsoleError(
      403,
      'The console is read-only for you; nothing was changed.',
      'Ask somebody who may act, or use the command line with your own rights.',
    );
  const parsed = action.safeParse(body);
  if (!parsed.success)
    throw new ConsoleError(400, z.prettifyError(parsed.error), 'Correct the input; nothing was changed.');
  const { data } = parsed;
  switch (data.action) {
    case 'start': {
      const { pipeline, params, token = randomUUID(), cache } = data;
      return askLauncher({
        pipeline,
        params,
        trigger: 'manual',
        token,
        by,
        ...(cache === false ? { cache } : {}),
      });
    }
    case 'promote': {
      const { name, version, alias, stage, archiveExisting, expected, force } = data;
      const promoted = await promote({
        name,
        version,
        alias,
        stage,
        archiveExisting,
        ...(expected === undefined || alias === undefined ? {} : { expected }),
        reason: data.reason,
        by,
        force,
      });
      return { ...promoted, gates: promoted.gates.map((gate) => ({ ...gate })) };
    }
    case 'approve-version':
      await approveVersion(data.name, data.version, { by, reason: data.reason });
      return { name: data.name, version: data.version, approvedBy: by };
    case 'rollback': {
      const { name, alias } = data;
      const { gates: _none, ...rolledBack } = await rollback({ name, alias, reason: data.reason, by });
      return { ...rolledBack };
    }
    case 'backfill-cancel':
    case 'backfill':
    case 'pause':
    case 'resume':
    case 'rerun':
    case 'cancel':
    case 'mark':
    case 'decide':
      return askLauncher({ ...data, by });
  }
}
