/**
 * Everything that a run, a model version or a dataset was made from and everything made from it: data → run → version.
 * A node that is gone by now keeps its place, as what was made from it is still there.
 */
import { trackingTable } from '../aws/tables';
import { getExperiment } from './experiments';
import { modelKey, versionKey } from './keys';
import { readLineage, type LineageNode, type NodeKind } from './lineage';
import type { ModelVersion } from './model-versions';
import type { RegisteredModel } from './registered-models';
import { readRunDocument, type RunDocument } from './run-document';
import { listRunsOfDataset } from './runs-of-dataset';
import { TrackingRefused } from './tracking-refused';

export interface GraphNode extends LineageNode {
  /** For people: `credit-risk/3`, the name of a run or of a dataset. */
  readonly name: string;
  readonly detail: Readonly<Record<string, string>>;
  /** @default false */
  readonly gone?: boolean;
}

export interface GraphEdge {
  /** Ids by `idOf`: `to` was made from `from`. */
  readonly from: string;
  readonly to: string;
}

export interface LineageGraph {
  readonly start: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export function idOf({ kind, id }: LineageNode): string {
  return `${kind}:${id}`;
}

export async function lineageGraph(start: LineageNode): Promise<LineageGraph> {
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge>();
  const connect = (from: LineageNode, to: LineageNode) => {
    const edge = { from: idOf(from), to: idOf(to) };
    edges.set(`${edge.from} ${edge.to}`, edge);
  };
  const add = async (node: LineageNode, known?: GraphNode) => {
    const id = idOf(node);
    if (!nodes.has(id)) nodes.set(id, known ?? (await describe(node)));
  };
  const walk = async (node: LineageNode, direction: 'from' | 'to', seen: Set<string>): Promise<void> => {
    if (seen.has(idOf(node))) return;
    seen.add(idOf(node));
    for (const other of await neighbours(node, direction)) {
      await add(other, other.name === '' ? undefined : other);
      if (direction === 'from') connect(other, node);
      else connect(node, other);
      await walk(other, direction, seen);
    }
  };
  await add(start);
  await walk(start, 'from', new Set());
  await walk(start, 'to', new Set());
  return { start: idOf(start), nodes: [...nodes.values()], edges: withoutShortcuts([...edges.values()]) };
}

/** What these are called stands with themselves. */
const LOOKED_UP: ReadonlySet<NodeKind> = new Set(['run', 'version']);

/** With an empty name where it has to be looked up. */
async function neighbours(node: LineageNode, direction: 'from' | 'to'): Promise<GraphNode[]> {
  const stored = (await readLineage(node))
    .filter((edge) => edge.direction === direction)
    .map((edge): GraphNode => ({
      ...edge.node,
      name: LOOKED_UP.has(edge.node.kind) ? '' : (edge.detail['name'] ?? edge.node.id),
      detail: edge.detail,
    }));
  if (node.kind === 'run' && direction === 'from') return [...stored, ...datasetsOf(await findRun(node.id))];
  if (node.kind === 'dataset' && direction === 'to') {
    const runs = await listRunsOfDataset(node.id);
    return [
      ...runs.map((run): GraphNode => ({ kind: 'run', id: run.runId, name: '', detail: {} })),
      ...stored,
    ];
  }
  return stored;
}

function datasetsOf(run: RunDocument | undefined): GraphNode[] {
  const read = Object.values(run?.inputs ?? {}).map(({ name, sha256, uri, context }): GraphNode => ({
    kind: 'dataset',
    id: sha256,
    name,
    detail: { name, uri, context },
  }));
  const described = Object.values(run?.datasets ?? {}).map(({ name, digest, tags }): GraphNode => ({
    kind: 'dataset',
    id: digest,
    name,
    detail: { name, context: tags['mlflow.data.context'] ?? '' },
  }));
  return [...read, ...described].sort((a, b) => (`${a.name} ${a.id}` < `${b.name} ${b.id}` ? -1 : 1));
}

async function describe(node: LineageNode): Promise<GraphNode> {
  if (node.kind === 'run') {
    const run = await findRun(node.id);
    if (run === undefined) return { ...node, name: node.id, detail: {}, gone: true };
    const experiment = await getExperiment(run.experimentId);
    return {
      ...node,
      name: run.runName,
      detail: { experiment: experiment.name, status: run.status },
      ...(run.lifecycleStage === 'deleted' ? { gone: true } : {}),
    };
  }
  if (node.kind === 'version') return describeVersion(node);
  if (node.kind === 'dataset') {
    const [first] = await listRunsOfDataset(node.id);
    const input = datasetsOf(first).find((dataset) => dataset.id === node.id);
    const stored = (await readLineage(node)).find((edge) => edge.direction === 'to')?.detail;
    return {
      ...node,
      name: input?.name ?? stored?.['name'] ?? node.id,
      detail: input?.detail ?? stored ?? {},
    };
  }
  return { ...node, name: node.id, detail: {} };
}

async function describeVersion(node: LineageNode): Promise<GraphNode> {
  const [modelId = '', number = ''] = node.id.split('/');
  const table = trackingTable();
  const [model, version] = await Promise.all([
    table.get<RegisteredModel>(modelKey(modelId)),
    table.get<ModelVersion & { readonly deleted?: true }>(versionKey(modelId, Number(number))),
  ]);
  if (model === undefined || version === undefined) return { ...node, name: node.id, detail: {}, gone: true };
  const aliases = Object.keys(model.aliases).filter((alias) => model.aliases[alias] === number);
  return {
    ...node,
    name: `${model.name}/${number}`,
    detail: { stage: version.stage, aliases: aliases.join(', ') },
    ...(version.deleted === true ? { gone: true } : {}),
  };
}

async function findRun(runId: string): Promise<RunDocument | undefined> {
  return readRunDocument(runId).catch((error: unknown) => {
    if (error instanceof TrackingRefused && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined;
    throw error;
  });
}

/** Data → version says nothing more where data → run → version stands beside it. */
function withoutShortcuts(edges: readonly GraphEdge[]): GraphEdge[] {
  const has = new Set(edges.map(({ from, to }) => `${from} ${to}`));
  return edges.filter(
    ({ from, to }) =>
      !edges.some((middle) => middle.from === from && middle.to !== to && has.has(`${middle.to} ${to}`)),
  );
}
