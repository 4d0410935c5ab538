/** Writes a project with any number of pipelines, each a chain of tasks with a function each. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const REPOSITORY = join(__dirname, '..', '..');

export function writeProject(root: string, pipelines: number, tasks: number): void {
  const handler = 'export const handler = async (): Promise<object> => ({ status: "success", out: {} });\n';
  const api = JSON.stringify(join(REPOSITORY, 'lib', 'index.ts').replaceAll('\\', '/'));
  const files: Record<string, string> = {
    'cdk.json': readFileSync(join(REPOSITORY, 'cdk.json'), 'utf8'),
    'pipelines/all.ts': `import { contract, pipeline, task, z } from ${api};
const step = task(contract({
  name: 'step', summary: 'A step.', input: z.object({ n: z.number() }), output: z.object({ n: z.number() }),
  access: [{ store: 'objects', mode: 'write', prefix: 'datasets/{pipeline}/' }],
}));
export default Array.from({ length: ${pipelines} }, (_, p) =>
  pipeline({ id: 'pipeline-' + p, description: 'A chain.', params: z.object({}) }, () => {
    let last = step('task-0', { n: 0 }, { memoryMb: 256 });
    for (let t = 1; t < ${tasks}; t++) last = step('task-' + t, { n: last.n }, { memoryMb: 256 + t });
  }));
`,
    ...Object.fromEntries(
      ['begin', 'finish', 'launcher', 'run-ended', 'notifier', 'step'].map((name) => [
        `lambdas/${name}/handler.ts`,
        handler,
      ]),
    ),
  };
  for (const [name, source] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), source);
  }
}
