/**
 * Writes what a tracking server of MLflow has to the folder that `importStore` reads: experiments, runs with whole histories,
 * logged models, registered models and the artifacts that the server itself can read. It only reads from the server.
 */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { ExportFiles } from '../../tracking/export-files';
import { latestOf, type ModelVersion } from '../../tracking/model-versions';
import type { RegistryEvent } from '../../tracking/registry-events';
import type { ArtifactRecord, Counts } from '../../tracking/transfer-format';
import { MlflowError } from '../mlflow-error';
import { experimentOf, loggedModelOf, pointOf, runOf, versionOf } from './records';
import { ServerClient } from './server-client';

export interface ServerExport {
  readonly counts: Counts;
  /** Owners whose artifacts the server could not list: they stay where they are. */
  readonly elsewhere: readonly string[];
}

// oxlint-disable-next-line typescript/no-explicit-any
type Answer = any;

/** Stands for the server in URIs of artifacts; the import puts the place that it has here. */
const BUCKET = 'mlflow-server';
const PAGE = 1000;
const HISTORY_PAGE = 25_000;
const PROMPT_FILTER = "tags.`mlflow.prompt.is_prompt` = 'true'";

/** @param told what it is at, now and then @throws MlflowError, TrackingRefused */
export async function exportServer(
  base: string,
  directory: string,
  told: (progress: string) => void = () => {},
): Promise<ServerExport> {
  const server = new ServerClient(base.replace(/\/+$/, ''));
  // Asked first: an address that is none leaves no folder behind.
  const experiments = await all(
    server.pages(
      (page) => server.post('experiments/search', { view_type: 'ALL', max_results: PAGE, ...page }),
      'experiments',
    ),
  );
  const files = new ExportFiles(directory);
  const reading = new Reading(server, files);
  for (const experiment of experiments) {
    told(`experiment ${experiment.name}`);
    await files.write('experiments', experimentOf(experiment));
    await reading.runs(experiment.experiment_id);
    await reading.loggedModels(experiment.experiment_id);
  }
  for (const filter of ['', PROMPT_FILTER]) await reading.models(base, filter, told);
  return { counts: await files.close(BUCKET), elsewhere: reading.elsewhere };
}

class Reading {
  readonly elsewhere: string[] = [];
  /** Folders that were copied, by where they lie for the server. */
  private readonly copied = new Map<string, string>();

  constructor(
    private readonly server: ServerClient,
    private readonly files: ExportFiles,
  ) {}

  async runs(experimentId: string): Promise<void> {
    const { server, files } = this;
    const pages = server.pages(
      (page) =>
        server.post('runs/search', {
          experiment_ids: [experimentId],
          run_view_type: 'ALL',
          max_results: PAGE,
          ...page,
        }),
      'runs',
    );
    for await (const answer of pages) {
      const runId: string = answer.info.run_id ?? answer.info.run_uuid;
      for (const { key } of answer.data?.metrics ?? [])
        await files.write('metrics', { runId, key, points: await this.history(runId, key) });
      const place = await this.copy(
        { kind: 'run', id: runId },
        answer.info.artifact_uri ?? '',
        `artifacts/${runId}`,
        {
          list: (path) => server.get('artifacts/list', { run_id: runId, ...(path === '' ? {} : { path }) }),
          read: (path) => server.file('/get-artifact', { run_id: runId, path }),
        },
      );
      const run = runOf(answer, place);
      for (const { name, digest, tags } of Object.values(run.datasets ?? {}))
        await files.write('datasets', {
          experimentId,
          // As `listDatasets` tells them.
          item: { name, digest, context: tags['mlflow.data.context'] ?? '' } as never,
        });
      await files.write('runs', run);
    }
  }

  async loggedModels(experimentId: string): Promise<void> {
    const { server, files } = this;
    try {
      const pages = server.pages(
        (page) =>
          server.post('logged-models/search', { experiment_ids: [experimentId], max_results: 50, ...page }),
        'models',
      );
      for await (const answer of pages) {
        const id: string = answer.info.model_id;
        const place = await this.copy(
          { kind: 'logged-model', id },
          answer.info.artifact_uri ?? '',
          `models/${id}`,
          {
            list: (path) =>
              server.get(
                `logged-models/${id}/artifacts/directories`,
                path === '' ? {} : { artifact_directory_path: path },
              ),
            read: (path) =>
              server.file(`/ajax-api/2.0/mlflow/logged-models/${id}/artifacts/files`, {
                artifact_file_path: path,
              }),
          },
        );
        await files.write('logged-models', loggedModelOf(answer, place));
      }
    } catch (error) {
      // Servers before 3.0 have none.
      if (!(error instanceof MlflowError) || error.code !== 'RESOURCE_DOES_NOT_EXIST') throw error;
    }
  }

  async models(base: string, filter: string, told: (progress: string) => void): Promise<void> {
    const { server, files } = this;
    const query = { max_results: '100', ...(filter === '' ? {} : { filter }) };
    const pages = server.pages(
      (page) => server.get('registered-models/search', { ...query, ...page }),
      'registered_models',
    );
    for await (const { name } of pages) {
      told(`registered model ${name}`);
      const { registered_model: model } = await server.get('registered-models/get', { name });
      const versions = await this.versionsOf(name, filter);
      // A name may come again: the same model has the same id.
      const id = createHash('sha256').update(`mlflow\n${base}\n${name}`).digest('hex').slice(0, 32);
      const events = eventsOf(base, model, versions);
      for (const item of versions) await files.write('versions', { modelId: id, item });
      for (const [i, item] of events.entries())
        await files.write('events', { modelId: id, rev: i + 1, item });
      const at = (value: unknown) => new Date(Number(value ?? 0)).toISOString();
      await files.write('models', {
        id,
        name,
        description: model.description ?? '',
        tags: Object.fromEntries((model.tags ?? []).map((tag: Answer) => [tag.key, tag.value ?? ''])),
        // Numbers of versions that were deleted are known as far as others came behind them.
        nextVersion: Math.max(0, ...versions.map(({ version }) => Number(version))) + 1,
        latest: latestOf(versions),
        aliases: aliasesOf(model),
        createdAt: at(model.creation_timestamp),
        updatedAt: at(model.last_updated_timestamp ?? model.creation_timestamp),
        rev: events.length + 1,
      });
    }
  }

  /** Newest first. */
  private async versionsOf(name: string, filter: string): Promise<ModelVersion[]> {
    const { server } = this;
    const quoted = name.includes("'") ? `"${name}"` : `'${name}'`;
    const where = `name=${quoted}${filter === '' ? '' : ` and ${filter}`}`;
    const found = await all(
      server.pages(
        (page) => server.get('model-versions/search', { filter: where, max_results: '10000', ...page }),
        'model_versions',
      ),
    );
    return found
      .map((answer) => versionOf(answer, this.placesOf(answer)))
      .sort((a, b) => Number(b.version) - Number(a.version));
  }

  private placesOf({ source = '', model_id }: Answer): { source: string; storage?: string } {
    const id: string | undefined = /^models:\/+(m-[0-9a-f]{32})\/?$/.exec(source)?.[1] ?? model_id;
    const storage = id === undefined ? undefined : this.copied.get(id);
    if (source.startsWith('models:') && storage !== undefined) return { source, storage };
    const folder = [...this.copied.keys()].find((from) => source === from || source.startsWith(`${from}/`));
    return {
      source: folder === undefined ? source : `${this.copied.get(folder)}${source.slice(folder.length)}`,
    };
  }

  private async history(runId: string, metric_key: string) {
    const { server } = this;
    const pages = server.pages(
      (page) =>
        server.get('metrics/get-history', {
          run_id: runId,
          metric_key,
          max_results: String(HISTORY_PAGE),
          ...page,
        }),
      'metrics',
    );
    return (await all(pages)).map(pointOf);
  }

  /** Returns where the artifacts lie in the export, or where they stay when the server cannot read them. */
  private async copy(
    owner: ArtifactRecord['owner'],
    from: string,
    to: string,
    { list, read }: { list: (path: string) => Promise<Answer>; read: (path: string) => Promise<Readable> },
  ): Promise<string> {
    let paths: string[];
    try {
      paths = await filesBelow(list);
    } catch (error) {
      if (!(error instanceof MlflowError)) throw error;
      this.elsewhere.push(`${owner.kind} ${owner.id}: ${from} (${error.message})`);
      return from;
    }
    for (const path of paths) {
      const kept = await this.files.keep(await read(path));
      await this.files.write('artifacts', { owner, path, ...kept });
    }
    const place = `s3://${BUCKET}/${to}`;
    this.copied.set(from.replace(/\/+$/, ''), place);
    if (owner.kind === 'logged-model') this.copied.set(owner.id, place);
    return place;
  }
}

async function filesBelow(list: (path: string) => Promise<Answer>): Promise<string[]> {
  const found: string[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const { files = [] } = await list(folder);
    for (const { path, is_dir } of files as { path: string; is_dir?: boolean }[]) {
      if (is_dir === true) folders.push(path);
      else found.push(path);
    }
  }
  return found.sort();
}

/** MLflow keeps no history: what is known is who made versions when, and who holds aliases now. */
function eventsOf(base: string, model: Answer, versions: readonly ModelVersion[]): RegistryEvent[] {
  const by = `import from ${base}`;
  const oldestFirst = [...versions].reverse();
  return [
    ...oldestFirst.map(({ createdAt, version, description }): RegistryEvent => ({
      at: createdAt,
      action: 'create',
      version,
      by,
      reason: description,
    })),
    ...Object.entries(aliasesOf(model)).map(([name, version]): RegistryEvent => ({
      at: new Date().toISOString(),
      action: 'set-alias',
      version,
      by,
      reason: 'held the alias there',
      alias: { name, from: null, to: version },
    })),
  ];
}

function aliasesOf({ aliases = [] }: Answer): Record<string, string> {
  return Object.fromEntries(
    (aliases as { alias: string; version: string }[]).map(({ alias, version }) => [alias, String(version)]),
  );
}

async function all(items: AsyncGenerator<Answer>): Promise<Answer[]> {
  const found: Answer[] = [];
  for await (const item of items) found.push(item);
  return found;
}
