/**
 * Where a model version comes from, as edges of a graph: version → run, data, code, execution, logical run.
 * Each edge is written in both directions, so that "which models saw this file" is one query too.
 */
import { put, type Key, type Write } from '../aws/dynamo-table';
import { trackingTable } from '../aws/tables';

export type NodeKind = 'version' | 'run' | 'dataset' | 'code' | 'execution' | 'logical-run';

export interface LineageNode {
  readonly kind: NodeKind;
  /** version: `<model id>/<version>`; dataset: its SHA-256; code: its commit; execution: its ARN. */
  readonly id: string;
}

export interface LineageEdge {
  /** `from`: what the node was made from. `to`: what was made from it. */
  readonly direction: 'from' | 'to';
  readonly node: LineageNode;
  readonly detail: Readonly<Record<string, string>>;
}

/** What a model version leads back to. */
export interface Lineage {
  readonly pipeline: string;
  /** Id of the logical run. */
  readonly logicalRun: string;
  readonly task: string;
  /** ARN. */
  readonly execution: string;
  readonly commit: string;
  readonly dirty: boolean;
  /** SHA-256 of the bundle of the function that registered it. */
  readonly codeHash: string;
  readonly datasets: readonly LineageDataset[];
}

export interface LineageDataset {
  readonly name: string;
  readonly uri: string;
  readonly sha256: string;
  readonly versionId?: string;
  readonly context: string;
}

/** Datasets of one transaction: it holds 100 items, two for each edge. */
const MAX_DATASETS = 40;

/** Without a lineage, only the run that made the version is known; without that, nothing. */
export function lineageWrites(version: LineageNode, runId: string, lineage: Lineage | undefined): Write[] {
  const fromRun = runId === '' ? [] : edge(version, { kind: 'run', id: runId }, {});
  return lineage === undefined ? fromRun : [...fromRun, ...taskWrites(version, lineage)];
}

/** A run that went on learning from a version: its own versions come from that one, too. */
export function parentWrites(runId: string, version: LineageNode): Write[] {
  return edge({ kind: 'run', id: runId }, version, { relation: 'warm start' });
}

function taskWrites(version: LineageNode, lineage: Lineage): Write[] {
  // The same bytes in two roles are one node.
  const datasets = new Map(lineage.datasets.map((dataset) => [dataset.sha256, dataset]));
  return [
    edge(version, { kind: 'execution', id: lineage.execution }, { task: lineage.task }),
    edge(version, { kind: 'logical-run', id: lineage.logicalRun }, { pipeline: lineage.pipeline }),
    edge(
      version,
      { kind: 'code', id: lineage.commit },
      { codeHash: lineage.codeHash, dirty: String(lineage.dirty) },
    ),
    ...[...datasets.values()]
      .slice(0, MAX_DATASETS)
      .map(({ name, uri, sha256, versionId, context }) =>
        edge(
          version,
          { kind: 'dataset', id: sha256 },
          { name, uri, context, ...(versionId === undefined ? {} : { versionId }) },
        ),
      ),
  ].flat();
}

/** Edges of a node; those that lead to what it was made from come first. */
export async function readLineage(node: LineageNode): Promise<LineageEdge[]> {
  return trackingTable().query<LineageEdge>({ pk: partition(node) });
}

/** Takes a node out of the graph: its edges and their other halves. */
export async function removeFromLineage(node: LineageNode): Promise<void> {
  const table = trackingTable();
  for (const { direction, node: other } of await readLineage(node)) {
    await table.delete(halfKey(other, direction === 'from' ? 'to' : 'from', node));
    await table.delete(halfKey(node, direction, other));
  }
}

function edge(to: LineageNode, from: LineageNode, detail: Readonly<Record<string, string>>): Write[] {
  const half = (here: LineageNode, direction: 'from' | 'to', there: LineageNode) =>
    put({
      ...halfKey(here, direction, there),
      ...({ direction, node: there, detail } satisfies LineageEdge),
    });
  return [half(to, 'from', from), half(from, 'to', to)];
}

function halfKey(here: LineageNode, direction: 'from' | 'to', there: LineageNode): Key {
  return { pk: partition(here), sk: `${direction}#${there.kind}#${there.id}` };
}

function partition({ kind, id }: LineageNode): string {
  return `G#${kind}#${id}`;
}
