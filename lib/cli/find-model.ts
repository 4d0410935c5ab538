import { listModels, type RegisteredModel } from '../tracking/registered-models';
import { CliError, EXIT } from './cli-error';
import { didYouMean } from '../model/suggest';

/** @throws CliError that names the models that there are */
export async function findRegisteredModel(name: string): Promise<RegisteredModel> {
  const models = await listModels();
  const found = models.find((model) => model.name === name);
  if (found !== undefined) return found;
  const names = models.map((model) => model.name);
  throw new CliError(`There is no registered model '${name}'.`, {
    code: EXIT.usage,
    remedy: `${didYouMean(name, names)}Models here: ${names.join(', ') || 'none'}.`,
  });
}
