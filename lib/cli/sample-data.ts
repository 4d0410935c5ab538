/** A fresh clone has no data in its bucket: what a run reads and the project has in `data/` is put there first. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { JsonObject } from '../model/json';
import { loadPipelines } from '../dsl/load-pipelines';
import type { PipelineModel } from '../model/pipeline';
import { InvalidParams, parseParams } from '../orchestration/parse-params';
import type { Project } from './project';
import { uploadData, type Upload } from './upload-data';

const RAW = 'raw/';

/**
 * For every param that names `raw/<file>`: uploads `data/<file>` when the bucket has no such object. What is there stays,
 * whatever is in it.
 */
export async function uploadSamples(
  projectRoot: string,
  model: PipelineModel,
  params: JsonObject,
): Promise<Upload[]> {
  return uploadMissing(projectRoot, samplesOf(model, params));
}

/** The same for all pipelines that run without params being given: their schedules find what they read. */
export async function uploadAllSamples(project: Project): Promise<Upload[]> {
  const { pipelines } = loadPipelines(project.pipelines);
  const files = pipelines.flatMap(({ model }) => {
    try {
      return samplesOf(model, {});
    } catch (error) {
      if (error instanceof InvalidParams) return [];
      throw error;
    }
  });
  return uploadMissing(project.root, files);
}

/** Files that params name. @throws InvalidParams */
function samplesOf(model: PipelineModel, params: JsonObject): string[] {
  const values = Object.values(parseParams(model.id, model.paramsSchema, params));
  return values.flatMap((value) =>
    typeof value === 'string' && value.startsWith(RAW) && !value.slice(RAW.length).includes('/')
      ? [value.slice(RAW.length)]
      : [],
  );
}

async function uploadMissing(projectRoot: string, files: readonly string[]): Promise<Upload[]> {
  const uploads: Upload[] = [];
  for (const file of new Set(files))
    if (existsSync(join(projectRoot, 'data', file)) && !(await exists(`${RAW}${file}`)))
      uploads.push(await uploadData(projectRoot, file));
  return uploads;
}

async function exists(key: string): Promise<boolean> {
  const client = new S3Client({});
  try {
    await client.send(new HeadObjectCommand({ Bucket: process.env['MILLRACE_BUCKET'] ?? '', Key: key }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFound') return false;
    throw error;
  } finally {
    client.destroy();
  }
}
