/**
 * CSV → join → impute → lag and rolling mean → Parquet, by our tasks' code and by pandas and polars: seconds, processor
 * seconds, peak memory, and the ratio to ours. Ours within the memory of a function of 2 GB, which has two processors; all
 * may use as many threads. Libraries are loaded before the clock starts, on all sides. The same sums come out on all
 * sides, or it fails.
 *
 *   npm run bench:etl [-- --rows 10000000] [--threads 1] [--peers pandas,polars]
 *
 * The peers are installed into a virtual environment in the temporary folder, which the next run finds again; that needs
 * `python3` (or the one that PYTHON names) with pip and a package index. Without them our side runs alone and says so.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeSales, writeShops } from './support/etl-data';

const MEMORY_MB = 2048;
const PACKAGES = ['pandas', 'pyarrow', 'polars'];

interface Result {
  readonly seconds: number;
  readonly cpu: number;
  readonly steps: Readonly<Record<string, number>>;
  readonly maxRss: number;
  readonly check: Readonly<Record<string, number>>;
}

/** @returns the environment's python, or why there is none */
function peerPython(): { readonly python: string } | { readonly reason: string } {
  const home = join(tmpdir(), 'millrace-bench-etl');
  const python = join(home, 'bin', 'python');
  const imports = () => spawnSync(python, ['-c', `import ${PACKAGES.join(', ')}`]).status === 0;
  if (existsSync(python) && imports()) return { python };
  const made = spawnSync(process.env['PYTHON'] ?? 'python3', ['-m', 'venv', home], { encoding: 'utf8' });
  if (made.status !== 0) return { reason: `python3 -m venv fails: ${made.error?.message ?? made.stderr}` };
  const installed = spawnSync(python, ['-m', 'pip', 'install', '-q', ...PACKAGES], { encoding: 'utf8' });
  return installed.status === 0 ? { python } : { reason: `pip install fails: ${installed.stderr}` };
}

function run(name: string, threads: string, command: string, args: readonly string[]): Result {
  const limits = {
    POLARS_MAX_THREADS: threads,
    OMP_NUM_THREADS: threads,
    OPENBLAS_NUM_THREADS: threads,
    ARROW_NUM_THREADS: threads,
  };
  const result = spawnSync(command, [...args], { encoding: 'utf8', env: { ...process.env, ...limits } });
  if (result.status !== 0) throw new Error(`${name} failed:\n${result.stderr}`);
  return JSON.parse(result.stdout) as Result;
}

/** @throws Error when the sums of the two differ by more than rounding */
function compare(name: string, ours: Result, theirs: Result): void {
  for (const [what, value] of Object.entries(ours.check)) {
    const other = theirs.check[what] ?? Number.NaN;
    if (!(Math.abs(value - other) <= 1e-9 * Math.abs(value)))
      throw new Error(`${name} gives ${other} for ${what}, we give ${value}.`);
  }
}

function row(name: string, result: Result, ours: Result): void {
  const cells = [
    result.seconds.toFixed(2),
    result.cpu.toFixed(2),
    result.maxRss.toFixed(0),
    (result.seconds / ours.seconds).toFixed(2),
    (result.maxRss / ours.maxRss).toFixed(2),
  ];
  const steps = Object.entries(result.steps).map(([step, seconds]) => `${step} ${seconds.toFixed(2)}`);
  console.log(name.padEnd(10) + cells.map((cell) => cell.padStart(11)).join('') + `  ${steps.join(', ')}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '1000000' },
      threads: { type: 'string', default: '2' },
      peers: { type: 'string', default: 'pandas,polars' },
    },
  });
  const rows = Number(values.rows);
  const { threads } = values;
  const folder = mkdtempSync(join(tmpdir(), 'millrace-etl-'));
  try {
    await writeSales(join(folder, 'sales.csv'), rows);
    await writeShops(join(folder, 'shops.csv'));
    const size = statSync(join(folder, 'sales.csv')).size / 1e6;
    console.log(
      `${rows} rows × 12 columns, ${size.toFixed(1)} MB of CSV; ours with ${MEMORY_MB} MB; threads: ${threads}`,
    );
    console.log(
      ''.padEnd(10) +
        ['s', 'cpu s', 'peak MB', 'time ÷ ours', 'MB ÷ ours'].map((cell) => cell.padStart(11)).join(''),
    );
    const script = join(__dirname, 'support', 'etl-ours.ts');
    const ours = run('millrace', threads, process.execPath, [
      '--import',
      'tsx',
      script,
      folder,
      String(MEMORY_MB),
      threads,
    ]);
    row('millrace', ours, ours);
    const peer = peerPython();
    if ('reason' in peer) return console.log(`pandas and polars are left out: ${peer.reason}`);
    for (const name of values.peers.split(',').filter((one) => one !== '')) {
      const theirs = run(name, threads, peer.python, [
        join(__dirname, 'support', 'etl-peer.py'),
        name,
        folder,
      ]);
      row(name, theirs, ours);
      compare(name, ours, theirs);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
