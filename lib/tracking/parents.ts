/** Model versions that runs went on learning from: a tag of the run, and an edge of the lineage. */
import { trackingTable } from '../aws/tables';
import { parentWrites, type LineageNode } from './lineage';
import { versionOf } from './model-versions';
import { getModel } from './registered-models';
import { setTags } from './tags';

/** `<model>/<version>` for people, and the node of the lineage, whose model may be called otherwise later. */
const SHOWN = 'millrace.warmStart';
const NODE = 'millrace.warmStartId';

/** The same one again changes nothing. @throws TrackingRefused for an unknown run, model or version */
export async function logParent(
  runId: string,
  parent: { readonly name: string; readonly version: string },
): Promise<void> {
  const model = await getModel(parent.name);
  const { version } = await versionOf(model, parent.version);
  const node: LineageNode = { kind: 'version', id: `${model.id}/${version}` };
  await setTags(runId, { [SHOWN]: `${parent.name}/${version}`, [NODE]: node.id });
  await trackingTable().transact(parentWrites(runId, node));
}

/** What the tags of a run say. */
export function parentIn(tags: Readonly<Record<string, string>>): LineageNode | undefined {
  const id = tags[NODE];
  return id === undefined ? undefined : { kind: 'version', id };
}
