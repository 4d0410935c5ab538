/** What has to be on this machine before a run begins that would miss it: found out before anything is started or written. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { engineWithImage } from '../local/jobs/container-engine';
import type { JsonObject } from '../model/json';
import type { PipelineModel } from '../model/pipeline';
import { CliError, EXIT } from './cli-error';
import type { Connection } from './connect';
import type { Output } from './output';
import { preparePython } from './prepare-python';
import type { Project } from './project';
import { uploadSamples } from './sample-data';

const run = promisify(execFile);

/** Elsewhere than on this machine there is nothing to do. @throws CliError */
export async function prepareRun(
  connection: Connection,
  model: PipelineModel,
  params: JsonObject,
  output: Output,
): Promise<void> {
  if (connection.where !== 'local') return;
  await checkStandIns(connection.project, model);
  await preparePython(connection, model.id, output);
  for (const { key } of await uploadSamples(connection.project.root, model, params))
    output.progress(`Data: ${key}, as the bucket had none`);
}

/** Asks the commands that run in place of containers whether they can. @throws CliError with what they say */
export async function checkStandIns(project: Project, model: PipelineModel): Promise<void> {
  for (const task of model.tasks) {
    if (task.kind !== 'container' || task.local?.check === undefined) continue;
    if ((await engineWithImage(task.image)) !== undefined) continue;
    const { command, check, cwd = '.' } = task.local;
    try {
      await run(command, check, { cwd: join(project.root, cwd) });
    } catch (cause) {
      const said = (cause as { stderr?: string }).stderr?.trim() ?? '';
      throw new CliError(
        `'${task.id}' of ${model.id} cannot run here: ${said === '' ? (cause as Error).message : said}`,
        {
          code: EXIT.environment,
          where: [command, ...check].join(' '),
          remedy: `Nothing was started. With docker, podman or nerdctl and the image ${task.image} it runs in a container.`,
          cause,
        },
      );
    }
  }
}
