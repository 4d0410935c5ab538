/** What the guides on targets, images and devices show, as it stands there; their pipelines are compiled by guides-types. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { servingTarget } from '../../lib/tasks/serving-target';
import { promote } from '../../lib/tracking/promotion';
import { commandsOf, filesOf } from '../support/guides';
import { ROOT } from '../support/millrace';
import { registerCreditModel } from '../support/registered-model';
import { startTrackingEndpoint } from '../support/tracking-endpoint';

const textOf = (guide: string) => readFileSync(join(ROOT, 'docs', 'guides', guide), 'utf8');

it('targets.md shows targets of each kind that are taken', () => {
  const blocks = [...textOf('targets.md').matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']) =>
    servingTarget.parse(JSON.parse(json)),
  );
  expect(blocks.map(({ kind }) => kind)).toEqual(['sagemaker', 'ecs', 'kubernetes']);
  expect(Object.keys({ ...filesOf('targets.md'), ...filesOf('images.md') })).toEqual([
    'pipelines/deploy-to-fargate.ts',
    'pipelines/image-of-model.ts',
  ]);
});

it('edge.md exports, goes back, and scores in ONNX Runtime for browsers', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-edge-guide-'));
  const millrace = await startTrackingEndpoint();
  await registerCreditModel('churn');
  await registerCreditModel('churn', { rows: 500 });
  const why = { archiveExisting: false, reason: 'x', by: 'x' };
  await promote({ name: 'churn', version: '1', alias: 'champion', ...why });
  const out = join(directory, 'edge', 'churn');
  const commands = commandsOf('edge.md');
  expect(commands).toHaveLength(3);
  for (const words of commands) {
    const { code, stderr } = await millrace.run(...words.map((word) => (word === 'edge/churn' ? out : word)));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }
  await millrace.stop();
  const [, script = ''] = /```js\n\/\/ score\.mjs\n([\s\S]*?)```/.exec(textOf('edge.md')) ?? [];
  writeFileSync(join(directory, 'score.mjs'), script);
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  const told = execFileSync(process.execPath, ['score.mjs', 'edge/churn'], {
    cwd: directory,
    encoding: 'utf8',
  });
  expect(told.trim()).toMatch(/^5 records, 0 wrong, classes: good, bad$/);
  rmSync(directory, { recursive: true, force: true });
}, 90_000);
