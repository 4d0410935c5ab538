import { listExperiments } from '../tracking/experiments';
import { readRunDocument, type RunDocument } from '../tracking/run-document';
import { runsNewestFirst } from '../tracking/run-pages';
import { runExists } from '../tracking/runs';
import { CliError, EXIT } from './cli-error';

/** Tables show the first 8 characters of an id. */
const SHORTEST = 4;

/** A tracked run by its id, or by a beginning of it that no other run has. @throws CliError */
export async function findTrackedRun(wanted: string): Promise<RunDocument> {
  if (await runExists(wanted)) return readRunDocument(wanted);
  const found: RunDocument[] = [];
  if (wanted.length >= SHORTEST) {
    for await (const run of runsNewestFirst(await listExperiments()))
      if (run.runId.startsWith(wanted)) found.push(run);
  }
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first;
  throw new CliError(
    first === undefined
      ? `There is no tracked run '${wanted}'.`
      : `${found.length} tracked runs begin with '${wanted}'.`,
    {
      code: EXIT.usage,
      where: wanted,
      remedy:
        first === undefined
          ? 'Give an id, or at least 4 characters of it, as `millrace experiments <name>` shows them.'
          : `Give more of it: ${found
              .slice(0, 5)
              .map(({ runId }) => runId.slice(0, 16))
              .join(', ')}.`,
    },
  );
}
