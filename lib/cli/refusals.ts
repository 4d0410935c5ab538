/** What the tracking store or its search refuses, as a fault of the input: told with a remedy, exit code 2. */
import { MlflowError } from '../mlflow/mlflow-error';
import { PromotionRefused } from '../tracking/gates';
import { ChampionChanged } from '../tracking/promotion';
import { TrackingRefused } from '../tracking/tracking-refused';
import { CliError, EXIT } from './cli-error';

/** @throws CliError instead of a refusal; whatever else was thrown goes on as it is */
export async function withRefusals<T>(
  told: { readonly where?: string; readonly remedy: string },
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof ChampionChanged || error instanceof PromotionRefused)
      throw new CliError(error.message, { ...told, code: EXIT.failed, cause: error });
    if (error instanceof TrackingRefused || error instanceof MlflowError)
      throw new CliError(error.message, { ...told, code: EXIT.usage, cause: error });
    throw error;
  }
}
