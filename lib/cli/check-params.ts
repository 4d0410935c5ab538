import type { JsonObject } from '../model/json';
import type { PipelineModel } from '../model/pipeline';
import { InvalidParams, parseParams } from '../orchestration/parse-params';
import { CliError, EXIT } from './cli-error';

/** Refuses params before a cloud is even opened. The launcher checks them again. @throws CliError */
export function checkParams(model: PipelineModel, params: JsonObject): void {
  try {
    parseParams(model.id, model.paramsSchema, params);
  } catch (error) {
    if (!(error instanceof InvalidParams)) throw error;
    throw new CliError(error.message, {
      code: EXIT.usage,
      where: '--params',
      remedy: 'Correct the params and start again; nothing was started.',
      cause: error,
    });
  }
}
