/** The console of the stage: in an account it may not be deployed, on this machine it is a part of the local cloud. */
function consoleAddress(): string | undefined {
  const deployed = process.env['MILLRACE_CONSOLE_URL'];
  if (deployed !== undefined && deployed !== '') return deployed;
  const local = process.env['AWS_ENDPOINT_URL'];
  return local === undefined ? undefined : `${local.replace(/\/+$/, '')}/console`;
}

/** Address of the page of a run, where also its questions are decided; of one of its tasks, if it is about one. */
export function runPage(run: string, task: string | undefined): string | undefined {
  const address = consoleAddress();
  if (address === undefined) return undefined;
  const query = task === undefined ? '' : `?task=${encodeURIComponent(task)}`;
  return `${address}/runs/${encodeURIComponent(run)}${query}`;
}
