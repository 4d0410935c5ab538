/**
 * Which experiments and models a request is about, found by its fields. What does not exist is nobody's: the endpoint says
 * so by itself.
 */
import { resourceNames } from '../../aws/environment';
import { getExperiment, getExperimentByName, listExperiments } from '../../tracking/experiments';
import { readLineage } from '../../tracking/lineage';
import { getLoggedModel } from '../../tracking/logged-models';
import { getVersion, type ModelVersion, versionOf } from '../../tracking/model-versions';
import { listModels } from '../../tracking/registered-models';
import { experimentOfRun } from '../../tracking/run-document';
import { TrackingRefused } from '../../tracking/tracking-refused';
import { checkedPath } from '../artifact-uris';
import type { Kind } from './access';

/** `everything`: what only administrators may touch, as it belongs to no experiment. */
export type Subject = { readonly kind: Kind; readonly name: string } | { readonly kind: 'everything' };

const EVERYTHING: Subject = { kind: 'everything' };
const experiment = (name: string): Subject => ({ kind: 'experiment', name });
export const model = (name: string): Subject => ({ kind: 'model', name });

export async function experimentById(id: string): Promise<Subject[]> {
  return known(async () => [experiment((await getExperiment(id)).name)]);
}

export async function experimentByName(name: string): Promise<Subject[]> {
  // Number 0 has its name before anybody has asked for it.
  return [experiment((await getExperimentByName(name))?.name ?? name)];
}

export async function experimentOf(runId: string): Promise<Subject[]> {
  const id = await experimentOfRun(runId);
  return id === undefined ? [] : experimentById(id);
}

export async function experimentOfModel(modelId: string): Promise<Subject[]> {
  return known(async () => experimentById((await getLoggedModel(modelId)).experimentId));
}

/** Whose artifacts lie at a path: the experiment whose location it is below. @throws MlflowError for a path that leads elsewhere */
export async function experimentOfPath(path: string): Promise<Subject[]> {
  const plain = checkedPath(path);
  const [first = ''] = plain.split('/');
  if (/^\d+$/.test(first)) {
    const owner = await experimentById(first);
    return owner.length === 0 ? [EVERYTHING] : owner;
  }
  const uri = `${ownUri('')}${plain}/`;
  const owner = (await listExperiments()).find(({ artifactLocation }) =>
    uri.startsWith(`${artifactLocation}/`),
  );
  return owner === undefined ? [EVERYTHING] : [experiment(owner.name)];
}

/** What a place that a version is made from belongs to; places outside of this store belong to nobody here. */
export async function ownersOfSource(source: string): Promise<Subject[]> {
  const [, run] = /^runs:\/+([^/]+)/.exec(source) ?? [];
  if (run !== undefined) return experimentOf(run);
  const [, logged] = /^models:\/+(m-[^/]+)\/?$/.exec(source) ?? [];
  if (logged !== undefined) return experimentOfModel(logged);
  const [, name] = /^models:\/+([^/]+)\//.exec(source) ?? [];
  if (name !== undefined) return [model(decodeURIComponent(name))];
  const [, proxied] = /^mlflow-artifacts:(?:\/\/[^/]*)?\/+(.*)$/s.exec(source) ?? [];
  if (proxied !== undefined) return experimentOfPath(proxied);
  if (source.startsWith(ownUri(''))) return experimentOfPath(source.slice(ownUri('').length));
  // The rest of the bucket: data of pipelines.
  return source.startsWith(`s3://${resourceNames().bucket}/`) ? [EVERYTHING] : [];
}

/** Registered models that have a version with these files: who may read the model reads them, whatever the experiment. */
export async function modelsWithFile(path: string): Promise<Subject[]> {
  const uri = ownUri(checkedPath(path));
  const covers = ({ storage, source }: ModelVersion) =>
    `${uri}/`.startsWith(`${(storage ?? source).replace(/\/+$/, '')}/`);
  const found = (await versionsMadeFrom(path)).filter(covers);
  return [...new Set(found.map(({ name }) => name))].map(model);
}

async function versionsMadeFrom(path: string): Promise<ModelVersion[]> {
  const [, second = '', third = ''] = path.split('/');
  return known(async () => {
    if (second === 'models') {
      const { tags } = await getLoggedModel(third);
      const versions = namedVersions(tags['mlflow.modelVersions']).map(({ name, version }) =>
        known(async () => [await getVersion(name, version)]),
      );
      return (await Promise.all(versions)).flat();
    }
    const made = (await readLineage({ kind: 'run', id: second }))
      .filter(({ direction, node }) => direction === 'to' && node.kind === 'version')
      .map(({ node }) => node.id.split('/'));
    if (made.length === 0) return [];
    const models = new Map((await listModels()).map((one) => [one.id, one]));
    const versions = made.map(async ([id = '', version = '']) => {
      const owner = models.get(id);
      return owner === undefined ? [] : known(async () => [await versionOf(owner, version)]);
    });
    return (await Promise.all(versions)).flat();
  });
}

/** What a tag says that clients may write. */
function namedVersions(tag: string | undefined): { name: string; version: string }[] {
  try {
    return ((JSON.parse(tag ?? '[]') ?? []) as Record<string, unknown>[]).map(({ name, version }) => ({
      name: String(name),
      version: String(version),
    }));
  } catch {
    return [];
  }
}

function ownUri(path: string): string {
  return `s3://${resourceNames().bucket}/artifacts/${path}`;
}

async function known<T>(find: () => Promise<T[]>): Promise<T[]> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof TrackingRefused) return [];
    throw error;
  }
}
