/** `node --require tsx/cjs synthesise-shipped.ts <outdir>`: the templates of all shipped pipelines, as `millrace dev` makes them. */
import { join } from 'node:path';
import { synthesise } from '../../lib/cloud/synthesise';

const root = join(__dirname, '..', '..');

synthesise({
  outdir: process.argv[2] ?? '',
  stage: 'dev',
  projectRoot: root,
  pipelinesDir: join(root, 'pipelines'),
  context: { 'allow-broken': true, dashboards: true },
  validate: false,
}).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
