/**
 * Changes of runs. What is logged is set key by key; other changes replace the item only if nobody else has since it was
 * read. Changes of one run that are asked for in this process while another is being written are written together.
 */
import { TableBusy } from '../aws/dynamo-table';
import { itemBytes, MAX_ITEM_BYTES } from '../aws/item-size';
import { pauseBefore } from '../aws/pause';
import { trackingTable } from '../aws/tables';
import { runDelta } from './run-delta';
import { locateRun, placeOfRun, type RunDocument } from './run-document';
import { TrackingRefused } from './tracking-refused';

interface Wanted {
  readonly change: (run: RunDocument) => RunDocument;
  /** Done once, when the change was accepted. */
  before: (() => Promise<void>) | undefined;
  readonly resolve: (run: RunDocument) => void;
  readonly reject: (error: unknown) => void;
}

const MAX_ATTEMPTS = 30;
const MAX_TOGETHER = 100;
const waiting = new Map<string, Wanted[]>();

/**
 * Applies a change to a run. `change` may be called several times and must be idempotent, as a write whose answer was
 * lost is made again. Returning its argument means that there is nothing to write.
 * @throws TrackingRefused for an unknown or deleted run, or whatever `change` throws
 */
export async function changeRun(
  runId: string,
  change: (run: RunDocument) => RunDocument,
  /** Done once, when the run has been read and the change was accepted, before it is written. */
  before?: () => Promise<void>,
): Promise<RunDocument> {
  return changeAnyRun(runId, (run) => change(active(run)), before);
}

/** The same for a run that may be deleted. */
export async function changeAnyRun(
  runId: string,
  change: (run: RunDocument) => RunDocument,
  before?: () => Promise<void>,
): Promise<RunDocument> {
  return new Promise((resolve, reject) => {
    const wanted = { change, before, resolve, reject };
    const queue = waiting.get(placeOfRun(runId));
    if (queue === undefined) void writeAll(runId, [wanted]);
    else queue.push(wanted);
  });
}

async function writeAll(runId: string, first: Wanted[]): Promise<void> {
  const place = placeOfRun(runId);
  waiting.set(place, first);
  for (;;) {
    const together = waiting.get(place)?.splice(0, MAX_TOGETHER) ?? [];
    if (together.length === 0) break;
    await writeTogether(runId, together);
  }
  waiting.delete(place);
}

/** Answers each change; never throws. */
async function writeTogether(runId: string, together: readonly Wanted[]): Promise<void> {
  try {
    const { run, refused } = await written(runId, together);
    for (const wanted of together) {
      if (refused.has(wanted)) wanted.reject(refused.get(wanted));
      else wanted.resolve(run);
    }
  } catch (error) {
    if (together.length === 1) together[0]?.reject(error);
    // One that is too large must not take the others with it.
    else for (const wanted of together) await writeTogether(runId, [wanted]);
  }
}

/** The run with all changes that were not refused, and why the others were. */
async function written(
  runId: string,
  together: readonly Wanted[],
): Promise<{ run: RunDocument; refused: Map<Wanted, unknown> }> {
  const table = trackingTable();
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await pauseBefore(attempt, 5, 200);
    const { key, run } = await locateRun(runId);
    const { changed, refused } = applied(run, together);
    // Seen before anything of it is written.
    if (changed !== run && itemBytes({ ...key, ...changed }) > MAX_ITEM_BYTES) throw runIsFull(runId);
    await Promise.all(
      together.map(async (wanted) => {
        if (refused.has(wanted)) return;
        await wanted.before?.();
        wanted.before = undefined;
      }),
    );
    if (changed === run) return { run, refused };
    const next = { ...changed, rev: run.rev + 1 };
    const delta = runDelta(run, changed);
    const writing =
      delta === undefined
        ? table.put(
            { ...key, ...next },
            { ConditionExpression: 'rev = :rev', ExpressionAttributeValues: { ':rev': run.rev } },
          )
        : table.update(key, delta);
    const done = await writing.catch((error: unknown) => {
      throw tooLarge(error) ? runIsFull(runId, error) : error;
    });
    if (done) return { run: next, refused };
  }
  throw new TableBusy(table.name);
}

function applied(
  run: RunDocument,
  together: readonly Wanted[],
): { changed: RunDocument; refused: Map<Wanted, unknown> } {
  const refused = new Map<Wanted, unknown>();
  let changed = run;
  for (const wanted of together) {
    try {
      changed = wanted.change(changed);
    } catch (error) {
      refused.set(wanted, error);
    }
  }
  return { changed, refused };
}

function active(run: RunDocument): RunDocument {
  if (run.lifecycleStage === 'active') return run;
  throw new TrackingRefused(
    'INVALID_PARAMETER_VALUE',
    `The run ${run.runId} must be in the 'active' state. Current state is deleted.`,
  );
}

function tooLarge(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationException' && /item size/i.test(error.message);
}

function runIsFull(runId: string, cause?: unknown): TrackingRefused {
  return new TrackingRefused(
    'INVALID_PARAMETER_VALUE',
    `Run ${runId} would hold more than 400 KB of params, tags and metric names. Log long values as an artifact.`,
    { cause },
  );
}
