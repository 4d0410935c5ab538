/**
 * How quick the console is: size of its script, first paint and when it can be used, a list of 10,000 runs, a graph of 300 tasks;
 * and `mlflow ui` beside it, over an experiment with as many runs, both visited in turn. Needs Chromium, and for MLflow Python:
 * PYTHON names one that has it, else an environment is made once. Ends by itself: after 30 minutes (MINUTES) with what is known.
 * `npm run bench:console [-- <runs>]`
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { bundleWeb } from '../lib/console/bundle-web';
import { consoleGuest } from '../lib/console/guest';
import { layOut } from '../lib/console/web/parts/layout';
import { createExperiment } from '../lib/tracking/experiments';
import { chromiumPath, NO_CHROMIUM, openBrowser, WIDE } from '../test/console/support/browser';
import { startLocalAws } from '../test/support/local-aws';
import { catalogueOf, MANY_RUNS, putRuns, WIDE_GRAPH, wideGraph } from './support/console-samples';
import { scrollThrough } from './support/console-scroll';
import { freshVisit, type Visit } from './support/console-visit';
import { mlflowPages, type MlflowPages } from './support/mlflow-page';
import { seedTracking } from './support/tracking-seed';

const ROOT = join(__dirname, '..');
const RUNS = Number(process.argv[2] ?? 10_000);
const MINUTES = Number(process.env['MINUTES'] ?? 30);
const TASKS = 300;
const REPEATS = 5;
const SCROLL_LIMIT_MS = 300_000;

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
const median = (values: readonly number[]): number => percentile(values, 0.5);
const ms = (value: number): string => `${Math.round(value)} ms`;
const kb = (bytes: number): string => `${Math.round(bytes / 1024)} KB`;
const say = (name: string, value: string): void => void process.stdout.write(`${name.padEnd(52)} ${value}\n`);
const progress = (text: string): void => void process.stderr.write(`  … ${text}\n`);

async function main(): Promise<void> {
  if (!Number.isInteger(RUNS) || RUNS < 1 || !(MINUTES > 0))
    throw new Error(`Runs and MINUTES are numbers from 1: ${process.argv[2]}, ${process.env['MINUTES']}.`);
  say('machine', `${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`);
  await size();
  layout();
  const executable = chromiumPath();
  if (executable === undefined) {
    process.stdout.write(`${NO_CHROMIUM}\n`);
    return;
  }
  const limit = AbortSignal.timeout(MINUTES * 60_000);
  const browser = await openBrowser(executable);
  // What is under way in the browser ends with it.
  limit.addEventListener('abort', () => void browser.close());
  try {
    await pages(browser, limit);
  } catch (error) {
    if (!limit.aborted) throw error;
    process.stdout.write(`Not measured further: ${MINUTES} minutes are over (MINUTES=…).\n`);
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
}

async function size(): Promise<void> {
  const begun = performance.now();
  const files = await bundleWeb(ROOT);
  say('page made by esbuild, once', ms(performance.now() - begun));
  const scripts = files.filter(({ path }) => path.endsWith('.js'));
  say('all script, gzipped', kb(scripts.reduce((sum, { bytes }) => sum + gzipSync(bytes).byteLength, 0)));
}

/** What the worker does, in processor time. */
function layout(): void {
  const tasks = wideGraph(TASKS);
  const edges = tasks.flatMap(({ id, needs }) => needs.map((from) => ({ from, to: id })));
  const nodes = tasks.map(({ id }) => ({ id, label: id, group: null }));
  const times = Array.from({ length: REPEATS }, () => {
    const before = process.cpuUsage();
    layOut({ nodes, edges, groups: [], direction: 'LR' });
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  say(`layout of ${TASKS} tasks, ${edges.length} edges, in a worker`, ms(median(times)));
}

async function pages(browser: Browser, limit: AbortSignal): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const catalogueFile = join(directory, 'millrace.json');
  writeFileSync(catalogueFile, JSON.stringify(catalogueOf(TASKS)));
  const cacheDirectory = join(directory, 'console');
  const guest = consoleGuest({ projectRoot: ROOT, catalogueFile, cacheDirectory, by: 'bench' });
  const aws = await startLocalAws([guest]);
  let theirs: MlflowPages | { readonly reason: string } | undefined;
  try {
    progress(`writing ${RUNS} runs`);
    await putRuns(RUNS);
    const { id } = await createExperiment('many-runs');
    await seedTracking(aws.directory, { runs: { [id]: RUNS }, points: 0 });
    const home = `${aws.url}/console`;
    for (const [name, path, selector] of [
      ['pipelines', '/pipelines', '.cards'],
      [`list of ${RUNS} runs`, `/runs?pipeline=${MANY_RUNS}`, '.virtual-row'],
      [`graph of ${TASKS} tasks`, `/pipelines/${WIDE_GRAPH}`, '.g-task'],
    ] as const)
      tell(name, await turns(browser, name, [[`${home}${path}`, selector]]));
    const list = `${home}/runs?pipeline=${MANY_RUNS}`;
    progress('scrolling');
    const page = await browser.newPage({ viewport: WIDE });
    const { ms: took, frames, rows } = await scrollThrough(page, list, RUNS, SCROLL_LIMIT_MS);
    await page.close();
    say(`scroll through ${RUNS} runs`, `${ms(took)}, ${rows} rows drawn at the end`);
    say('frames: median, 95th percentile', `${ms(median(frames))}, ${ms(percentile(frames, 0.95))}`);
    progress(`starting mlflow ui and writing ${RUNS} runs`);
    theirs = await mlflowPages(RUNS, limit);
    const peer = 'reason' in theirs ? undefined : theirs;
    for (const [name, path, selector, url, theirSelector] of [
      ['experiments', '/experiments', '.cards', peer?.experiments, 'a[href*="/experiments/"]'],
      [`experiment of ${RUNS} runs`, `/experiments/${id}`, 'tbody tr', peer?.runs, 'a[href*="/runs/"]'],
    ] as const) {
      const ours = [`${home}${path}`, selector] as const;
      tell(name, await turns(browser, name, url === undefined ? [ours] : [ours, [url, theirSelector]]));
    }
    if ('reason' in theirs) process.stdout.write(`mlflow ui is not measured: ${theirs.reason}\n`);
    else say('mlflow ui', theirs.version);
  } finally {
    if (theirs !== undefined && 'stop' in theirs) await theirs.stop();
    await aws.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Each address in turn, so that what else the machine does is shared. @returns the visits of each */
async function turns(
  browser: Browser,
  name: string,
  addresses: readonly (readonly [url: string, selector: string])[],
): Promise<Visit[][]> {
  const found: Visit[][] = addresses.map(() => []);
  for (let i = 0; i < REPEATS; i++) {
    progress(`${name}, ${i + 1} of ${REPEATS}`);
    for (const [at, [url, selector]] of addresses.entries())
      found[at]?.push(await freshVisit(browser, url, selector));
  }
  return found;
}

/** Medians of ours, and of the peer with the ratio. */
function tell(name: string, [ours = [], theirs]: readonly Visit[][]): void {
  const figures: readonly [string, (one: Visit) => number, (value: number) => string][] = [
    ['first paint', ({ paint }) => paint, ms],
    ['interactive', ({ interactive }) => interactive, ms],
    ['longest task', ({ longest }) => longest, ms],
    ['processor time of its main thread', ({ busy }) => busy, ms],
    ['script', ({ scriptBytes }) => scriptBytes, kb],
    ['requests', ({ requests }) => requests, String],
  ];
  for (const [what, value, shown] of figures) {
    const mine = median(ours.map(value));
    const other = theirs === undefined ? undefined : median(theirs.map(value));
    const ratio = other === undefined || mine === 0 ? '' : ` (${(other / mine).toFixed(1)} times ours)`;
    say(`${name}: ${what}`, shown(mine) + (other === undefined ? '' : `, mlflow ui ${shown(other)}${ratio}`));
  }
}

void main();
