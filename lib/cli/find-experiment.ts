import { listExperiments, type Experiment } from '../tracking/experiments';
import { CliError, EXIT } from './cli-error';
import { didYouMean } from '../model/suggest';

/** By id or name. @throws CliError that names those that there are */
export async function findExperiment(wanted: string): Promise<Experiment> {
  const experiments = await listExperiments();
  const found = experiments.find((e) => e.id === wanted || e.name === wanted);
  if (found !== undefined) return found;
  throw new CliError(`There is no experiment '${wanted}'.`, {
    code: EXIT.usage,
    remedy: `${didYouMean(
      wanted,
      experiments.map((e) => e.name),
    )}Experiments here: ${experiments.map((e) => `${e.id} (${e.name})`).join(', ') || 'none'}.`,
  });
}
