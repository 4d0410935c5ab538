import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleHandlers } from '../../lib/cloud/bundle-handlers';

const ML = join(__dirname, '..', '..', 'lib', 'ml');

const HANDLER = `
import { createHash } from 'node:crypto';
import { fitGradientBoosting } from '${ML}/gradient-boosting';
import { fitRandomForest } from '${ML}/random-forest';
const rows = 4000;
const columns = [7, 11, 13, 17].map((m) => Float64Array.from({ length: rows }, (_, i) => (i * m * 7919) % 1009));
const x = { rows, columns, names: ['a', 'b', 'c', 'd'] };
const y = Int32Array.from({ length: rows }, (_, i) => Number(columns[0][i] + columns[1][i] > 1000));
const hash = (model: unknown) => createHash('sha256').update(JSON.stringify(model)).digest('hex');
export const handler = (threads: number | 'all') => [
  hash(fitGradientBoosting(x, y, 2, { nEstimators: 20, threads })),
  hash(fitRandomForest(x, y, 2, { nEstimators: 6, threads })),
];
`;

it('learns on threads in a bundle that lies alone in a folder, as without them', async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-bundle-')));
  try {
    mkdirSync(join(root, 'lambdas', 'fit'), { recursive: true });
    writeFileSync(join(root, 'lambdas', 'fit', 'handler.ts'), HANDLER);
    const { bundles, failures } = await bundleHandlers({
      projectRoot: root,
      handlers: ['lambdas/fit'],
      outdir: join(root, 'out'),
    });
    expect(failures).toEqual([]);
    const { directory, bytes } = bundles.get('lambdas/fit')!;
    // The kernel is a text in the bundle; it must not make cold starts slow.
    expect(bytes).toBeLessThan(70_000);
    const script = `
      const { handler } = require('./index.js');
      console.log(JSON.stringify([1, 3, 'all'].map(handler)));`;
    const [one, three, all] = JSON.parse(
      execFileSync(process.execPath, ['-e', script], {
        cwd: directory,
        encoding: 'utf8',
        timeout: 30_000,
        env: {
          ...process.env,
          NODE_OPTIONS: '--enable-source-maps',
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '3538',
        },
      }),
    ) as string[][];
    expect(three).toEqual(one);
    expect(all).toEqual(one);
    expect(new Set(one).size).toBe(2);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
