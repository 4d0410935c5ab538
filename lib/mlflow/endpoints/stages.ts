import type { Stage } from '../../tracking/registered-models';
import { invalid } from '../mlflow-error';

const STAGES: readonly Stage[] = ['None', 'Staging', 'Production', 'Archived'];

/** Whatever the case. @throws MlflowError INVALID_PARAMETER_VALUE */
export function canonicalStage(stage: string): Stage {
  const found = STAGES.find((candidate) => candidate.toLowerCase() === stage.toLowerCase());
  if (found === undefined) {
    throw invalid(
      `Invalid Model Version stage: ${stage}. Value must be one of None, Staging, Production, Archived.`,
    );
  }
  return found;
}
