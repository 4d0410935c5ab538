/** What a run has left to look at: versions of models, pages with reports, and where they are shown. */
import type { Output } from '../output';
import type { RunView } from '../run-view';

/** @param url of the server that stays, or that `millrace dev` brings up */
export function printLeftBehind(output: Output, run: RunView, url: string, stays: boolean): void {
  const { color } = output;
  const lines = run.tasks.flatMap(({ id, out }) => {
    if (typeof out !== 'object' || out === null) return [];
    const { name, version, report } = out as Readonly<Record<string, unknown>>;
    const page = (report as { readonly uri?: unknown } | null | undefined)?.uri;
    return [
      ...(/(?:^|\/)(?:register|log)$/.test(id) && typeof name === 'string' && typeof version === 'string'
        ? [`${color.dim('model ')} ${name} version ${version}`]
        : []),
      ...(typeof page === 'string' ? [`${color.dim('report')} ${id}: ${page}`] : []),
    ];
  });
  if (lines.length === 0) return;
  output.line();
  for (const line of lines) output.line(line);
  output.line(
    `Look at it: ${color.bold(`${url}/console/runs/${encodeURIComponent(run.runId)}`)}${stays ? '' : ', while `npx millrace dev` is up'}`,
  );
}
