/**
 * The same graphs of no-op tasks through Airflow's `dag.test()` and through `millrace run`.
 *
 *   npm run bench:airflow
 *
 * Airflow comes from PyPI into a virtual environment under node_modules/.cache, made at the first run (a minute or more);
 * AIRFLOW_PYTHON names the Python of another one. Times are those of the runs alone, the best of some, and of whole
 * commands with their start. Goal: ten times less per task.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDev, millraceIn } from '../test/support/millrace';
import { temporaryProject } from '../test/support/temporary-project';
import { REPOSITORY } from './support/many-pipelines';

const AIRFLOW = 'apache-airflow==3.3.2';
const RUNS = 3;

interface Shape {
  readonly tasks: readonly string[];
  readonly edges: readonly (readonly [string, string])[];
}

const names = (count: number) => Array.from({ length: count }, (_, i) => `t${i}`);
const SHAPES: Readonly<Record<string, Shape>> = {
  'chain-20': { tasks: names(20), edges: names(19).map((name, i) => [name, `t${i + 1}`]) },
  'fan-20': {
    tasks: [...names(20), 'first', 'last'],
    edges: names(20).flatMap((name): [string, string][] => [
      ['first', name],
      [name, 'last'],
    ]),
  },
  'layers-5x4': {
    tasks: names(20),
    edges: names(16).flatMap((name, i): [string, string][] => [
      [name, `t${i + 4}`],
      [name, `t${4 * Math.floor(i / 4) + 4 + ((i + 1) % 4)}`],
    ]),
  },
};

const PIPELINES = `
import { contract, pipeline, task, z } from '../lib';

const shapes: Record<string, { tasks: string[]; edges: [string, string][] }> = ${JSON.stringify(SHAPES)};
const step = task(contract({
  name: 'no-op', summary: 'Does nothing.', input: z.object({}), output: z.object({ n: z.number() }),
}));

export default Object.entries(shapes).map(([id, { tasks, edges }]) =>
  pipeline({ id, description: 'Tasks that do nothing.' }, () => {
    const made = new Map(tasks.map((name) => [name, step(name, {})]));
    for (const [from, to] of edges) made.get(to)?.after(made.get(from)!);
  }));
`;

const HANDLER = `
import { contract, z } from '../../lib';
import { taskHandler } from '../../lib/runtime/task-handler';

export const handler = taskHandler(
  contract({ name: 'no-op', summary: 'Does nothing.', input: z.object({}), output: z.object({ n: z.number() }) }),
  async () => ({ n: 1 }),
);
`;

function airflowPython(): string {
  const given = process.env['AIRFLOW_PYTHON'];
  if (given !== undefined) return given;
  const home = join(REPOSITORY, 'node_modules', '.cache', 'bench-airflow');
  const python = join(home, 'bin', 'python');
  if (existsSync(join(home, 'ready'))) return python;
  console.log(`Making ${home} with ${AIRFLOW} …`);
  for (const [command, args] of [
    ['python3', ['-m', 'venv', home]],
    [python, ['-m', 'pip', 'install', '--quiet', AIRFLOW]],
  ] as const) {
    const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
    if (status !== 0) {
      console.error(
        `Not measured: ${error?.message ?? `${command} ${args.join(' ')} failed`}. Python 3.10 to 3.13 with venv and pip is needed, and its package index.`,
      );
      process.exit(3);
    }
  }
  writeFileSync(join(home, 'ready'), '');
  return python;
}

function measureAirflow(python: string): { seconds: Map<string, number>; whole: number } {
  const home = mkdtempSync(join(tmpdir(), 'bench-airflow-'));
  try {
    const env = {
      ...process.env,
      AIRFLOW_HOME: home,
      AIRFLOW__CORE__LOAD_EXAMPLES: 'false',
      AIRFLOW__CORE__DAGS_FOLDER: home,
      AIRFLOW__LOGGING__LOGGING_LEVEL: 'ERROR',
    };
    const run = (
      args: readonly string[],
      more: NodeJS.ProcessEnv = {},
    ): { output: string; seconds: number } => {
      const start = performance.now();
      const { status, stdout, stderr } = spawnSync(python, [...args], {
        env: { ...env, ...more },
        encoding: 'utf8',
        cwd: home,
      });
      if (status !== 0) throw new Error(`${python} ${args.join(' ')} failed:\n${stderr.slice(-2000)}`);
      return { output: stdout, seconds: (performance.now() - start) / 1000 };
    };
    run(['-m', 'airflow', 'db', 'migrate']);
    const file = (runs: number, shapes: object): string => {
      const path = join(home, `shapes-${runs}.json`);
      writeFileSync(
        path,
        JSON.stringify(
          Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { ...shape, runs }])),
        ),
      );
      return path;
    };
    const script = join(home, 'shapes.py');
    cpSync(join(__dirname, 'support', 'airflow_peer.py'), script);
    const { output } = run([script], { SHAPES: file(RUNS, SHAPES) });
    const lines = output.split('\n').filter((line) => line.startsWith('{"name"'));
    const { seconds: whole } = run([script], { SHAPES: file(1, { 'chain-20': SHAPES['chain-20'] }) });
    return {
      seconds: new Map(
        lines.map((line) => {
          const { name, seconds } = JSON.parse(line) as { name: string; seconds: number };
          return [name, seconds];
        }),
      ),
      whole,
    };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function measureMillrace(): Promise<{ seconds: Map<string, number>; whole: number }> {
  // As for people, not as for tests.
  process.env['MILLRACE_FLUSH'] ??= 'beside';
  const project = temporaryProject({ 'pipelines/shapes.ts': PIPELINES, 'lambdas/no-op/handler.ts': HANDLER });
  try {
    const seconds = new Map<string, number>();
    const millrace = millraceIn(project.root, project.state);
    const dev = await startDev(project.root, project.state);
    try {
      for (const name of Object.keys(SHAPES)) {
        for (let run = 0; run < RUNS; run++) {
          const { code, value } = await millrace.json('run', name);
          const { startedAt, endedAt } = value as { startedAt: string; endedAt: string };
          if (code !== 0) throw new Error(`${name} failed: ${JSON.stringify(value)}`);
          const took = (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
          seconds.set(name, Math.min(took, seconds.get(name) ?? Infinity));
        }
      }
    } finally {
      await dev.stop();
    }
    const start = performance.now();
    const { code } = await millrace('run', 'chain-20');
    if (code !== 0) throw new Error('The run of chain-20 failed.');
    return { seconds, whole: (performance.now() - start) / 1000 };
  } finally {
    project.remove();
  }
}

void (async () => {
  mkdirSync(join(REPOSITORY, 'node_modules', '.cache'), { recursive: true });
  const airflow = measureAirflow(airflowPython());
  const millrace = await measureMillrace();
  console.log('graph             tasks   airflow ms/task   millrace ms/task   ratio');
  const row = (name: string, tasks: number, theirs: number, ours: number) =>
    console.log(
      `${name.padEnd(16)} ${String(tasks).padStart(6)} ${((1000 * theirs) / tasks).toFixed(1).padStart(17)} ${((1000 * ours) / tasks).toFixed(1).padStart(18)} ${(theirs / ours).toFixed(1).padStart(7)}`,
    );
  for (const [name, { tasks }] of Object.entries(SHAPES))
    row(name, tasks.length, airflow.seconds.get(name) ?? NaN, millrace.seconds.get(name) ?? NaN);
  row('whole command', 20, airflow.whole, millrace.whole);
  console.log(
    '\nThe whole command is chain-20 with the start of the process: imports there, synthesis and the local cloud here.',
  );
})();
