/** `node --require tsx/cjs synthesise-shipped.ts <outdir> [project]`: templates of all its pipelines, as `millrace dev` makes them. */
import { join } from 'node:path';
import { synthesise } from '../../lib/cloud/synthesise';

const [outdir = '', root = join(__dirname, '..', '..')] = process.argv.slice(2);

synthesise({
  outdir,
  stage: 'dev',
  projectRoot: root,
  pipelinesDir: join(root, 'pipelines'),
  context: { 'allow-broken': true, dashboards: true },
  validate: false,
}).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
