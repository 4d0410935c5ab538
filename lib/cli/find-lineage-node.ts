import type { LineageNode } from '../tracking/lineage';
import { getVersion } from '../tracking/model-versions';
import { findDatasets } from '../tracking/runs-of-dataset';
import { CliError, EXIT } from './cli-error';
import { findRegisteredModel } from './find-model';
import { findTrackedRun } from './find-tracked-run';
import { withRefusals } from './refusals';

/** `<model>/<version>`, `<model>@<alias>`, a run or a dataset by the beginning of its id. @throws CliError */
export async function findLineageNode(wanted: string): Promise<LineageNode> {
  const [, name, separator, which = ''] = /^([^/@]+)([/@])(.+)$/.exec(wanted) ?? [];
  if (name !== undefined) {
    const model = await findRegisteredModel(name);
    const version = separator === '/' ? which : model.aliases[which];
    const remedy = `See \`millrace models ${name}\`.`;
    if (version === undefined)
      throw new CliError(`No version of ${name} has the alias '${which}'.`, { code: EXIT.usage, remedy });
    const found = await withRefusals({ where: wanted, remedy }, () => getVersion(name, version));
    return { kind: 'version', id: `${model.id}/${found.version}` };
  }
  const datasets = wanted.length < 4 ? [] : await findDatasets(wanted);
  if (datasets.length > 1)
    throw new CliError(`${datasets.length} datasets begin with '${wanted}'.`, {
      code: EXIT.usage,
      where: wanted,
      remedy: `Give more of it: ${datasets
        .slice(0, 5)
        .map((id) => id.slice(0, 16))
        .join(', ')}.`,
    });
  try {
    return { kind: 'run', id: (await findTrackedRun(wanted)).runId };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    if (datasets[0] !== undefined) return { kind: 'dataset', id: datasets[0] };
    throw new CliError(`Neither a run nor a dataset begins with '${wanted}'.`, {
      code: EXIT.usage,
      where: wanted,
      remedy:
        'Give a run, the SHA-256 of a dataset (4 characters at least), or a model version: credit-risk/3, credit-risk@champion.',
    });
  }
}
