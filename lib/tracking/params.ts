import { checkKey, MAX_PARAM_VALUE, truncated } from './limits';
import { changeRun } from './change-run';
import type { RunDocument } from './run-document';
import { TrackingRefused } from './tracking-refused';

/** Logs params, all or none. They are immutable: the same value again is fine, another one is refused. @throws TrackingRefused */
export async function logParams(runId: string, params: Readonly<Record<string, string>>): Promise<void> {
  await changeRun(runId, (run) => withParams(run, params));
}

export function withParams(run: RunDocument, params: Readonly<Record<string, string>>): RunDocument {
  const added: Record<string, string> = {};
  for (const [key, whole] of Object.entries(params)) {
    checkKey('param', key);
    const value = truncated(whole, MAX_PARAM_VALUE);
    const logged = Object.hasOwn(run.p, key) ? run.p[key] : undefined;
    if (logged === undefined) added[key] = value;
    else if (logged !== value) {
      throw new TrackingRefused(
        'INVALID_PARAMETER_VALUE',
        `Changing param values is not allowed. Param with key='${key}' was already logged with value='${logged}' for run ID='${run.runId}'. Attempted logging new value '${value}'.`,
      );
    }
  }
  return Object.keys(added).length === 0 ? run : { ...run, p: { ...run.p, ...added } };
}
