import { trackingTable } from '../aws/tables';
import { datasetKey } from './keys';
import { changeRun } from './change-run';
import type { DatasetInput, RunDocument } from './run-document';

/** Records that a run read a dataset. The same one again changes nothing. @throws TrackingRefused */
export async function logInput(runId: string, input: DatasetInput): Promise<void> {
  const { experimentId } = await changeRun(runId, (run) => withInput(run, input));
  await trackingTable().put({ ...datasetKey(experimentId, input.name, input.digest), ...input });
}

function withInput(run: RunDocument, input: DatasetInput): RunDocument {
  const key = `${input.context}#${input.name}#${input.digest}`;
  return run.inputs[key] === undefined ? { ...run, inputs: { ...run.inputs, [key]: input } } : run;
}
