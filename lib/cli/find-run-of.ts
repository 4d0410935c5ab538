import { getVersion } from '../tracking/model-versions';
import { readRunDocument, type RunDocument } from '../tracking/run-document';
import { CliError, EXIT } from './cli-error';
import { findRegisteredModel } from './find-model';
import { findTrackedRun } from './find-tracked-run';
import { withRefusals } from './refusals';

/** The tracked run that `<model>/<version>` or `<model>@<alias>` was made from, or the one that is named. @throws CliError */
export async function findRunOf(wanted: string): Promise<RunDocument> {
  const [, name, separator, which = ''] = /^([^/@]+)([/@])(.+)$/.exec(wanted) ?? [];
  if (name === undefined) return findTrackedRun(wanted);
  const model = await findRegisteredModel(name);
  const version = separator === '/' ? which : model.aliases[which];
  const remedy = `See \`millrace models ${name}\`.`;
  if (version === undefined)
    throw new CliError(`No version of ${name} has the alias '${which}'.`, { code: EXIT.usage, remedy });
  return withRefusals({ where: wanted, remedy }, async () => {
    const { runId } = await getVersion(name, version);
    if (runId !== '') return readRunDocument(runId);
    throw new CliError(`Version ${version} of ${name} names no run that made it.`, {
      code: EXIT.usage,
      remedy,
    });
  });
}
