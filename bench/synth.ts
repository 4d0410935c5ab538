/**
 * Synthesis of many pipelines against the same resources written by hand as plain CDK constructs, whole process each.
 * Then compilation of one large pipeline.
 *
 *   node --import tsx bench/synth.ts
 */
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile } from '../lib/compiler/compile';
import { contract, pipeline, task, z } from '../lib';
import { REPOSITORY, writeProject } from './support/many-pipelines';
import { fastest, runNode } from './support/run-process';

const TASKS = 10;
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-bench-')));

function resourcesIn(directory: string): number {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.template.json'))
    .map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as { Resources: object })
    .reduce((sum, template) => sum + Object.keys(template.Resources).length, 0);
}

function row(...cells: (string | number)[]): void {
  console.log(
    cells.map((cell, i) => String(cell)[i === 0 ? 'padEnd' : 'padStart'](i === 0 ? 24 : 14)).join(''),
  );
}

function compileLarge(tasks: number): number {
  const step = task(
    contract({
      name: 'step',
      summary: 'A step.',
      input: z.object({ n: z.number() }),
      output: z.object({ n: z.number() }),
    }),
  );
  const { model } = pipeline({ id: 'large', description: 'Many tasks.', params: z.object({}) }, () => {
    // A hundred chains side by side, between a first and a last task.
    const first = step('first', { n: 0 });
    const ends = Array.from({ length: 100 }, (_, chain) => {
      let last = first;
      for (let i = 0; i < (tasks - 2) / 100; i++) last = step(`task-${chain}-${i}`, { n: last.n });
      return last;
    });
    step('last', { n: 1 }, { after: ends });
  });
  const start = performance.now();
  compile(model);
  return performance.now() - start;
}

try {
  row(`${TASKS} tasks each`, 'plain CDK ms', 'resources', 'millrace ms', 'resources', 'ratio');
  for (const pipelines of [1, 20, 100]) {
    const project = join(scratch, `project-${pipelines}`);
    writeProject(project, pipelines, TASKS);
    const out = (name: string): string => join(scratch, `${name}-${pipelines}`);
    const tool = (name: string): string[] => ['--import', 'tsx', join('bench', 'support', name)];
    const runs = pipelines === 100 ? 2 : 3;
    const plain = fastest(runs, () =>
      runNode([...tool('synth-plain.ts'), out('plain'), String(pipelines), String(TASKS)], REPOSITORY),
    );
    const ours = fastest(runs, () =>
      runNode([...tool('synth-millrace.ts'), project, out('millrace')], REPOSITORY),
    );
    row(
      `${pipelines} pipelines`,
      plain.milliseconds.toFixed(0),
      resourcesIn(out('plain')),
      ours.milliseconds.toFixed(0),
      resourcesIn(out('millrace')),
      (ours.milliseconds / plain.milliseconds).toFixed(2),
    );
  }
  console.log(`\ncompile of 502 tasks: ${compileLarge(502).toFixed(0)} ms (goal: under 1000)`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
