/**
 * The templates of the working copy, made in a process of their own: one that runs already keeps the definitions that it has
 * loaded. Started by lib/cli/working-copy.ts: `<stage> <project> <pipelines> <folder>`.
 */
import { synthesise } from '../cloud/synthesise';

const [stage = '', projectRoot = '', pipelinesDir = '', outdir = ''] = process.argv.slice(2);

synthesise({
  outdir,
  stage,
  projectRoot,
  pipelinesDir,
  context: { 'allow-broken': true },
  validate: false,
}).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
