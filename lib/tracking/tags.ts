import { checkKey, MAX_TAG_VALUE, truncated } from './limits';
import { changeRun } from './change-run';
import type { RunDocument } from './run-document';

/** Sets tags of a run; the last value wins. `mlflow.runName` renames it. @throws TrackingRefused */
export async function setTags(runId: string, tags: Readonly<Record<string, string>>): Promise<void> {
  await changeRun(runId, (run) => withTags(run, tags));
}

export function withTags(run: RunDocument, tags: Readonly<Record<string, string>>): RunDocument {
  const entries = Object.entries(tags).map(([key, value]) => [key, truncated(value, MAX_TAG_VALUE)] as const);
  for (const [key] of entries) checkKey('tag', key);
  if (entries.every(([key, value]) => run.t[key] === value)) return run;
  const t = { ...run.t, ...Object.fromEntries(entries) };
  return { ...run, t, runName: t['mlflow.runName'] ?? run.runName };
}
