import { InvalidDataset } from '../data/invalid-dataset';
import { getVersion, getVersionByAlias } from '../tracking/model-versions';

/** The version that `@<alias>` stands for now; a version itself stays what it is. @throws TrackingRefused, InvalidDataset */
export async function versionOfAlias(model: string, version: string): Promise<string> {
  if (!version.startsWith('@')) return (await getVersion(model, version)).version;
  const held = await getVersionByAlias(model, version.slice(1));
  if (held === undefined)
    throw new InvalidDataset(
      `No version of ${model} has the alias '${version.slice(1)}'. Promote one first: millrace models promote ${model} <version> --alias ${version.slice(1)}.`,
    );
  return held.version;
}
